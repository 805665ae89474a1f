package import JSON
import NightshiftCore
package import ReplicateAPI

/// What there is to store of a prediction's output: every file in its order, and the rest as text or JSON.
package struct OutputPlan: Hashable, Sendable {
    package private(set) var outputs: [PlannedOutput]

    /// Plans an output. Which strings are files, the model's schema says; without one, those count that are data URIs
    /// or lead to a host where predictions put their files.
    /// - Parameter baseURL: where the provider's API is, which may serve files itself.
    package init(_ output: JSONValue, schema: ModelSchema?, baseURL: String? = nil) {
        if let schema, schema.describesOutput {
            let files = Set(schema.fileLocations(in: output))
            self.init(output, joinsText: schema.joinsOutput) { path, text in
                files.contains(path) && OutputPlan.isFetchable(text)
            }
        } else {
            let base = baseURL.flatMap(WebAddress.init)
            self.init(output, joinsText: false) { _, text in OutputPlan.looksLikeFile(text, base: base) }
        }
    }

    /// - Parameters:
    ///   - joinsText: whether a list of texts is one text in pieces.
    ///   - isFile: whether the string at a place of the output stands for a file.
    init(_ output: JSONValue, joinsText: Bool, isFile: ([JSONPathStep], String) -> Bool) {
        var collector = FileCollector()
        let rest = collector.collect(output, at: [], isFile)
        outputs = collector.files
        guard collector.hasOther || (outputs.isEmpty && !output.isNull) else { return }

        let content: PlannedOutput.Content
        if case .string(let text) = rest {
            content = .text(text)
        } else if joinsText, outputs.isEmpty, let text = OutputPlan.joined(rest) {
            content = .text(text)
        } else {
            content = .json(rest)
        }
        let isText = if case .text = content { true } else { false }
        outputs.append(
            PlannedOutput(index: outputs.count, content: content, fileExtension: isText ? "txt" : "json"))
    }

    /// The paths of the outputs for an item's output name.
    package func paths(named name: String) -> [String] {
        outputs.map { output in
            OutputNaming.fileName(
                name, index: output.index, count: outputs.count, extension: output.fileExtension)
        }
    }

    private static func joined(_ output: JSONValue) -> String? {
        guard let elements = output.arrayValue, !elements.isEmpty else { return nil }
        let texts = elements.compactMap(\.stringValue)
        return texts.count == elements.count ? texts.joined() : nil
    }

    private static func isFetchable(_ text: String) -> Bool {
        DataURI.isDataURI(text) || WebAddress(text) != nil
    }

    private static func looksLikeFile(_ text: String, base: WebAddress?) -> Bool {
        if DataURI.isDataURI(text) { return true }
        guard text.hasPrefix("http"), let address = WebAddress(text) else { return false }
        if let base, address.hasSameOrigin(as: base) { return true }
        return address.scheme == "https" && address.isHost(in: "replicate.delivery")
    }
}

/// Walks an output: lists by their order, objects by their keys in order.
private struct FileCollector {
    var files: [PlannedOutput] = []
    /// Whether there is anything that is neither a file nor null.
    var hasOther = false

    /// Collects the files of a value.
    /// - Returns: the value with `{"output": n}` in place of each file, n being its number among the outputs, from 0.
    mutating func collect(
        _ value: JSONValue, at path: [JSONPathStep], _ isFile: ([JSONPathStep], String) -> Bool
    ) -> JSONValue {
        switch value {
        case .string(let text) where isFile(path, text):
            let index = files.count
            files.append(PlannedOutput(index: index, file: text))
            return ["output": .number(JSONNumber(index))]
        case .array(let elements):
            return .array(
                elements.enumerated().map { index, element in
                    collect(element, at: path + [.index(index)], isFile)
                })
        case .object(let members):
            var collected: [String: JSONValue] = [:]
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                collected[key] = collect(member, at: path + [.key(key)], isFile)
            }
            return .object(collected)
        case .null:
            return value
        case .bool, .number, .string:
            hasOther = true
            return value
        }
    }
}

extension PlannedOutput {
    /// A file by its address or data URI.
    fileprivate init(index: Int, file: String) {
        if DataURI.isDataURI(file) {
            let fileExtension = DataURI.mediaType(of: file).flatMap(MediaType.fileExtension(for:))
            self.init(index: index, content: .dataURI(file), fileExtension: fileExtension ?? "bin")
        } else {
            let name = WebAddress(file)?.lastPathComponent ?? ""
            self.init(
                index: index, content: .file(url: file), fileExtension: MediaType.fileExtension(ofFile: name) ?? "bin")
        }
    }
}
