import Foundation
import TestSupport

/// Gives `body` a folder of its own that is removed afterwards.
func withTestFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try await body(folder.root)
}

/// The content of a file, or `nil` if there is none.
func bytes(ofFile path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: path).map { [UInt8]($0) }
}

/// The content of a file as text, or `nil` if there is none.
func text(ofFile path: String) -> String? {
    bytes(ofFile: path).map { String(decoding: $0, as: UTF8.self) }
}

/// All files below a folder, hidden ones too, by their relative paths in order.
func files(below folder: String) -> [String] {
    let enumerator = FileManager.default.enumerator(atPath: folder)
    var found: [String] = []
    while let path = enumerator?.nextObject() as? String {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isDirectory),
            !isDirectory.boolValue
        {
            found.append(path)
        }
    }
    return found.sorted()
}

/// Bytes that do not repeat in short periods and are the same every time.
func patternBytes(_ count: Int) -> [UInt8] {
    var state: UInt32 = 12345
    return (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}
