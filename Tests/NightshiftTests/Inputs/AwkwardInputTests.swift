import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift

/// A small table or manifest that is not quite what it should be, as people have them: a folder of `Tests/AwkwardInputs` with a
/// manifest `x.yaml`, what it reads, and `expected.txt`, which says word for word what must come of it.
struct AwkwardInput: CustomTestStringConvertible, Sendable {
    var name: String

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../AwkwardInputs").standardizedFileURL

    static let all: [AwkwardInput] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.contains(".") }.sorted().map(AwkwardInput.init)
    }()

    var testDescription: String { name }

    private var path: String { Self.folder.appending(path: name).path }

    var expected: String {
        get throws { try String(contentsOfFile: path + "/expected.txt", encoding: .utf8) }
    }

    /// Its rows, notices and problems, a paragraph each.
    func found() throws -> String {
        var lines: [String] = []
        do {
            let loaded = try ManifestLoader.load(path + "/x.yaml")
            var items: [Item] = []
            let summary = try InputSet(loaded, environment: ["PATH": "/usr/bin:/bin"]).forEachItem { items.append($0) }
            lines += items.map { item in
                let key = loaded.manifest.key == nil ? "" : " \(item.key)"
                return "row\(key): \(item.row.jsonString())"
            }
            lines += summary.notices(repeated: items.count - Set(items.map(\.key)).count).map { "notice: \($0)" }
            lines += summary.problems.map(\.sentence)
        } catch let diagnostics as Diagnostics {
            lines += diagnostics.all.map(\.sentence)
        }
        return lines.map { $0.replacing(path, with: "FOLDER").replacing("FOLDER/x.yaml", with: "x.yaml") + "\n" }
            .joined()
    }
}

@Suite(.timeLimit(.minutes(2)))
struct AwkwardInputTests {
    @Test(arguments: AwkwardInput.all)
    func givesWhatIsExpectedWordForWord(_ input: AwkwardInput) throws {
        let found = try input.found()
        #expect(try found == input.expected, "\(input.name) gives\n\(found)")
    }

    @Test func thereAreManyOfThem() {
        #expect(AwkwardInput.all.count >= 60)
    }
}
