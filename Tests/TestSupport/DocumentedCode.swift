import Foundation

/// The Swift that documentation shows, to be compared with files that are compiled.
package enum DocumentedCode {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    /// The lines of a file of the package, without indentation and empty ones.
    package static func lines(of path: String) throws -> [String] {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
            .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// The lines between fences for Swift: of an article, or of the doc comments of a source file.
    package static func shown(in path: String) throws -> [String] {
        var shown: [String] = []
        var isCode = false
        for line in try lines(of: path) {
            var text = line
            if path.hasSuffix(".swift") {
                guard text.hasPrefix("///") else {
                    isCode = false
                    continue
                }
                text = text.dropFirst(3).trimmingCharacters(in: .whitespaces)
            }
            if text.hasPrefix("```") {
                isCode = text == "```swift"
            } else if isCode, !text.isEmpty {
                shown.append(text)
            }
        }
        return shown
    }

    /// The paths below a folder of the package that end so, in their order.
    package static func files(below folder: String, extension suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
            .filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }.sorted()
    }
}
