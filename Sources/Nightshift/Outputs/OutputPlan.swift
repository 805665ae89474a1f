package import LosslessJSON
package import NightshiftCore
package import ReplicateAPI

/// What there is to store of a prediction's output: every file in its order, and the rest as text or JSON.
package struct OutputPlan: Hashable, Sendable {
    package private(set) var outputs: [PlannedOutput]
    /// Why the output is no result, if it is none: it is not what the model's schema promises.
    package private(set) var failure: FetchFailure?

    /// Plans an output.
    ///
    /// Data URIs and addresses on hosts where predictions put their files are files whatever the schema says, as for the
    /// official clients; elsewhere the schema says which addresses are. What it calls a file must be one.
    package init(_ output: JSONValue, schema: ModelSchema?, hosts: DeliveryHosts) {
        let promises = schema.map { Promises($0, in: output) } ?? Promises()
        // A text in pieces is a text, whatever one of its pieces looks like.
        let isText = schema?.joinsOutput == true && promises.files.isEmpty
        self.init(output, joinsText: schema?.joinsOutput == true) { path, text in
            if promises.files.contains(path) { return OutputPlan.isFetchable(text) }
            return !isText && hosts.isFile(text)
        }
        failure = promises.failure(of: output, outputs: outputs)
    }

    /// The same for a provider at an address.
    package init(_ output: JSONValue, schema: ModelSchema?, baseURL: String? = nil) {
        self.init(output, schema: schema, hosts: DeliveryHosts(baseURL: baseURL))
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
        DataURI.isDataURI(text) || DeliveryHosts.address(text) != nil
    }
}

/// Where the model's schema promises files in an output, and what of that is not kept.
private struct Promises {
    private(set) var files: Set<[JSONPathStep]> = []
    private var places: [[JSONPathStep]] = []
    private var broken: [BrokenPromise] = []
    private var promisesFiles = false

    init() {}

    init(_ schema: ModelSchema, in output: JSONValue) {
        guard schema.describesOutput else { return }
        places = schema.fileLocations(in: output)
        files = Set(places)
        broken = schema.brokenFilePromises(in: output)
        promisesFiles = schema.promisesFiles
    }

    func failure(of output: JSONValue, outputs: [PlannedOutput]) -> FetchFailure? {
        for path in places {
            guard case .string(let text)? = output.value(at: path) else { continue }
            if text.allSatisfy(\.isWhitespace) {
                return .empty("the model's output \(Self.words(path))is an empty text where its schema says file")
            }
            guard !DataURI.isDataURI(text), DeliveryHosts.address(text) == nil else { continue }
            return .refused(
                "the model's output \(Self.words(path))is '\(Self.excerpt(text))', which is no address that a file "
                    + "can be fetched from")
        }
        if let first = broken.first {
            let place = Self.words(first.path)
            return first.value.isNull
                ? .empty("the model's output \(place)is null where its schema says file")
                : .refused("the model's output \(place)is no address where its schema says file")
        }
        let isBare = outputs.allSatisfy { if case .json = $0.content { true } else { false } }
        if promisesFiles, isBare, !output.holdsAnything {
            return .empty("the model's output has no file, though its schema says that it has one")
        }
        return nil
    }

    private static func words(_ path: [JSONPathStep]) -> String {
        guard !path.isEmpty else { return "" }
        let steps = path.map { step in
            switch step {
            case .key(let key): "'\(excerpt(key))'"
            case .index(let index): "number \(index + 1)"
            }
        }
        return "at \(steps.joined(separator: ", ")) "
    }

    private static func excerpt(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? " " : $0 }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: plain)
        return String(view) + (text.unicodeScalars.count > 80 ? "…" : "")
    }
}

extension JSONValue {
    /// Whether there is anything in it but null and empty lists and objects.
    fileprivate var holdsAnything: Bool {
        switch self {
        case .null: false
        case .array(let elements): elements.contains(where: \.holdsAnything)
        case .object(let members): members.values.contains(where: \.holdsAnything)
        case .bool, .number, .string: true
        }
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
            // The first bytes say what it will be called, so that it seldom gets another name later.
            let declared = DataURI.mediaType(of: file)
            let head = DataURI.head(of: file, count: ContentKind.headLength) ?? []
            let type = head.isEmpty ? nil : try? OutputType(head: head, declared: declared, name: "")
            self.init(
                index: index, content: .dataURI(file),
                fileExtension: type?.fileExtension ?? declared.flatMap(MediaType.fileExtension(for:)) ?? "bin")
        } else {
            let name = DeliveryHosts.address(file)?.lastPathComponent ?? ""
            self.init(
                index: index, content: .file(url: DeliveryHosts.trimmed(file)),
                fileExtension: MediaType.fileExtension(ofFile: name) ?? "bin")
        }
    }
}
