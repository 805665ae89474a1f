import Foundation
package import LosslessJSON
package import ReplicateAPI

/// The schemas of real versions, cut down to `Input`, `Output` and what they refer to: `Tests/Schemas`.
package enum RealSchema {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Schemas")

    /// All names, in order.
    package static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    package static func openAPI(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: "\(name).json"))))
    }

    package static func schema(_ name: String) throws -> ModelSchema {
        ModelSchema(openAPI: try openAPI(name))
    }
}
