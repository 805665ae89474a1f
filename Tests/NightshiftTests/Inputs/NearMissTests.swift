import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift

/// Files, folders and names that are not quite what the manifest says.
@Suite(.timeLimit(.minutes(1)))
struct NearMissTests {
    private static let composed = "M\u{FC}ller"
    private static let decomposed = "Mu\u{308}ller"
    private let input = "input: { t: \"{{ path }}\" }\n"

    private func notices(_ summary: InputSet.Summary) -> [String] {
        summary.notices(repeated: 0).map(\.description)
    }

    @Test(arguments: ["files: \"~/none-of-these/*.png\"", "csv: \"~/none-of-these.csv\""])
    func aTildeIsTheShells(source: String) throws {
        let found = try InputScene([:]).expand("inputs: { \(source) }\n" + input)
        let problem = try #require(found.problems.first)
        #expect("\(problem)".contains("'~' stands for your home directory in a shell only; write: /"), "\(problem)")
    }

    // MARK: - Unicode forms

    @Test func twoFilesWhoseNamesLookAlikeAreTwoItems() throws {
        let scene = try InputScene(["p/\(Self.composed).png": "a", "p/\(Self.decomposed).png": "bb"])
        for patterns in ["\"p/*.png\"", "[\"p/*.png\", \"p/M*.png\"]", "\"**/**/*.png\""] {
            let found = try scene.expand(
                "inputs: { files: \(patterns) }\ninput: { i: { file: \"{{ path }}\" } }\n")
            #expect(found.items.count == 2, "\(patterns)")
            // Each with its own content.
            #expect(Set(found.items.flatMap(\.files).map(\.size)) == [1, 2])
            #expect(Set(found.items.map(\.key)).count == 2)
        }
    }

    @Test func aFileIsFoundUnderTheOtherFormOfItsName() throws {
        let scene = try InputScene([
            "mac/\(Self.decomposed).png": "a", "rows.csv": "photo\n\(Self.composed).png\n",
            "T\u{E4}ble.csv": "photo\nx\n",
        ])
        let found = try scene.expand("inputs: { csv: rows.csv }\ninput: { i: { file: \"mac/{{ photo }}\" } }\n")
        #expect(found.problems == [])
        let path = try #require(found.items.first?.files.first?.path)
        #expect(path.isExactly("mac/\(Self.decomposed).png"))
        #expect(notices(found.summary).first?.contains("whose name is written with other code points") == true)
        // Patterns and tables too.
        #expect(try scene.expand("inputs: { files: \"mac/\(Self.composed)*\" }\n" + input).items.count == 1)
        #expect(try scene.expand("inputs: { files: \"mac/\(Self.composed).png\" }\n" + input).items.count == 1)
        #expect(
            try scene.expand("inputs: { csv: \"Ta\u{308}ble.csv\" }\ninput: { t: \"{{ photo }}\" }\n").items.count == 1)
    }

    @Test func aNameThatCouldBeTwoFilesIsNotGuessed() throws {
        // Two forms on disk, and a third in the table.
        let scene = try InputScene([
            "p/\u{1E69}.png": "a", "p/s\u{323}\u{307}.png": "b", "rows.csv": "f\ns\u{307}\u{323}.png\n",
        ])
        let found = try scene.expand("inputs: { csv: rows.csv }\ninput: { i: { file: \"p/{{ f }}\" } }\n")
        #expect(found.problems.count == 1)
        #expect(found.items.isEmpty)
    }

    @Test func replaceSeesTheTwoCharactersOfAWindowsLineEnd() throws {
        let scene = try InputScene(["rows.csv": "t\r\n\"one\r\ntwo\"\r\n\"e\u{301}\"\r\n"])
        let found = try scene.expand(
            """
            inputs: { csv: rows.csv }
            input: { t: "{{ t | replace('\r', '') | replace('\n', ' ') | replace('e', 'a') }}" }

            """.replacing("'\r'", with: "'\\r'").replacing("'\n'", with: "'\\n'"))
        #expect(found.problems == [])
        let texts = found.items.compactMap { $0.input["t"]?.stringValue }
        #expect(texts.count == 2)
        #expect(texts.first?.isExactly("ona two") == true)
        #expect(texts.last?.isExactly("a\u{301}") == true)
    }

    // MARK: - Links

    @Test func linkedFoldersAreToldAndEnteredOnDemand() throws {
        let scene = try InputScene(["sets/a/1.png": "a", "big/b/2.png": "b"])
        try scene.link("sets/b", to: "../big/b")
        for pattern in ["sets/*/*.png", "sets/**/*.png"] {
            let left = try scene.expand("inputs: { files: \"\(pattern)\" }\n" + input)
            #expect(left.items.count == 1)
            #expect(
                notices(left.summary) == [
                    "1 linked folder was left out of '\(pattern)', such as 'sets/b'; enter it with: links: follow"
                ])
            let followed = try scene.expand("inputs: { files: \"\(pattern)\", links: follow }\n" + input)
            #expect(followed.items.compactMap { $0.input["t"]?.stringValue } == ["sets/a/1.png", "sets/b/2.png"])
            #expect(notices(followed.summary) == [])
        }
    }

    @Test func linksInCirclesEnd() throws {
        let scene = try InputScene(["a/1.png": "a", "a/b/2.png": "b"])
        try scene.link("a/b/up", to: "../../a")
        try scene.link("a/self", to: ".")
        let found = try scene.expand("inputs: { files: \"a/**/*.png\", links: follow }\n" + input)
        #expect(found.items.compactMap { $0.input["t"]?.stringValue } == ["a/1.png", "a/b/2.png"])
    }

    @Test func aFolderOfLinksIsReadOnDemand() throws {
        let scene = try InputScene(["hub/blobs/aaa": "a", "rows.csv": "f\n3.png\n", "hub/snapshots/x": "x"])
        try scene.link("hub/snapshots/3.png", to: "../blobs/aaa")
        let file = "input: { i: { file: \"{{ path }}\" } }\n"
        let refused = try scene.expand("inputs: { files: \"hub/snapshots/*.png\" }\n" + file)
        #expect(refused.problems.first?.hasSuffix("allow such links beside the pattern with: links: follow") == true)
        let found = try scene.expand("inputs: { files: \"hub/snapshots/*.png\", links: follow }\n" + file)
        #expect(found.items.first?.files.first?.size == 1)
        let row = "input: { i: { file: \"hub/snapshots/{{ f }}\" } }\n"
        #expect(try scene.expand("inputs: { csv: rows.csv }\n" + row).items.isEmpty)
        #expect(try scene.expand("inputs: { csv: rows.csv, links: follow }\n" + row).items.count == 1)
    }

    // MARK: - Patterns

    @Test func aFolderWithBracketsInItsNameIsFound() throws {
        let scene = try InputScene(["Set [1]/a.png": "a", "Set 2/b.png": "b"])
        #expect(try scene.expand("inputs: { files: \"Set [1]/*.png\" }\n" + input).items.count == 1)
        // What the pattern itself matches comes first.
        let found = try scene.expand("inputs: { files: \"Set [2]/*.png\" }\n" + input)
        #expect(found.items.map { $0.input["t"]?.stringValue } == ["Set 2/b.png"])
    }

    @Test func filesInOtherCaseAreCounted() throws {
        let scene = try InputScene(["pics/a.jpg": "", "pics/B.JPG": "", "pics/c.Jpg": "", "pics/d.png": ""])
        let found = try scene.expand("inputs: { files: \"pics/*.jpg\" }\n" + input)
        #expect(found.items.count == 1)
        #expect(
            notices(found.summary) == ["2 more files match 'pics/*.jpg' if case is ignored, such as 'pics/B.JPG'"])
        // Those that another pattern finds are not missed.
        let both = try scene.expand("inputs: { files: [\"pics/*.jpg\", \"pics/*.J*\"] }\n" + input)
        #expect(both.items.count == 3)
        #expect(notices(both.summary) == [])
        let none = try scene.expand("inputs: { files: \"pics/*.PNG\" }\n" + input)
        #expect(
            none.problems.first?.hasSuffix("1 file matches if case is ignored, such as 'pics/d.png'") == true)
    }

    @Test func backslashesOfWindowsAreSlashesIfAFileIsThere() throws {
        let scene = try InputScene([
            "pics/a.jpg": "a", "rows.csv": "f\npics\\a.jpg\n", "up.csv": "f\n..\\secret.txt\n",
            "none.csv": "f\nx\\y.jpg\n",
        ])
        try Data("s".utf8).write(to: scene.folder.appending(path: "secret.txt"))
        let row = "input: { i: { file: \"{{ f }}\" } }\n"
        let found = try scene.expand("inputs: { csv: rows.csv }\n" + row)
        #expect(found.items.first?.files.first?.path == "pics/a.jpg")
        // But they lead nowhere that slashes would not.
        #expect(try scene.expand("inputs: { csv: up.csv }\n" + row).items.isEmpty)
        let none = try scene.expand("inputs: { csv: none.csv }\n" + row)
        #expect(none.problems.first?.contains("a backslash does not separate folders here") == true)
        let pattern = try scene.expand("inputs: { files: 'pics\\*.jpg' }\n" + input)
        #expect(pattern.problems.first?.hasSuffix("write it with slashes instead of backslashes: pics/*.jpg") == true)
    }

    @Test func aNameThatIsNoTextConcernsItsFileAlone() throws {
        let scene = try InputScene(["pics/a.jpg": "", "x.yaml": ""])
        let name =
            Array(scene.path("pics/caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xE9)]
            + Array(".jpg".utf8CString)
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o600)
        // Some file systems take no such names.
        guard descriptor >= 0 else { return }
        close(descriptor)
        let found = try scene.expand("inputs: { files: \"pics/*.jpg\" }\n" + input)
        #expect(found.items.count == 1)
        #expect(found.problems.count == 1)
        #expect(found.problems.first?.contains("the file's name is not UTF-8") == true)
        var items: [Item] = []
        let loaded = try ManifestLoader.load(scene.path("x.yaml"))
        let skipping = InputSet(loaded, check: InputSetCheck(skipsInvalid: true))
        let summary = try skipping.forEachItem { items.append($0) }
        #expect(summary.problemCount == 0)
        #expect(items.map { $0.problem == nil } == [true, false])
    }

    // MARK: - Missing files

    @Test func aMissingFileIsLookedForNearby() throws {
        let scene = try InputScene(["prompts.csv": "a\n1\n", "rows.tsv": "a\n1\n"])
        func help(_ path: String) throws -> String {
            let found = try scene.expand("inputs: { csv: \"\(path)\" }\ninput: { a: \"{{ a }}\" }\n")
            return String(found.problems.first?.split(separator: "\n").last ?? "")
        }
        #expect(try help("promts.csv").hasSuffix("did you mean 'prompts.csv'?"))
        #expect(try help("Prompts.CSV").hasSuffix("did you mean 'prompts.csv'?"))
        #expect(try help("rows.csv").hasSuffix("did you mean 'rows.tsv'?"))
        let home = FileManager.default.homeDirectoryForCurrentUser.path
        #expect(try help("~/none.csv").hasSuffix("write: \(home)/none.csv"))
        #expect(throws: Diagnostics.self) { try ManifestLoader.load(scene.path("y.yaml")) }
        do {
            _ = try ManifestLoader.load(scene.path("prompts.cvs"))
        } catch {
            #expect(error.description.contains("did you mean '\(scene.path("prompts.csv"))'?"))
        }
    }
}
