import LosslessJSON

/// The exports that are kept up to date.
extension ManifestDecoder {
    /// What becomes of files.
    static let exportFileWords = ["link", "copy"]

    mutating func decodeExports(_ node: YAMLNode) -> [ExportSettings] {
        guard node.mapping == nil else { return decodeExport(node).map { [$0] } ?? [] }
        let expected = "a mapping such as { to: results, format: csv }, or a list of these"
        guard let nodes = reader.sequence(node, as: "export", expected) else { return [] }
        var exports: [ExportSettings] = []
        for node in nodes {
            guard let export = decodeExport(node) else { continue }
            if exports.contains(where: { $0.directory == export.directory }) {
                reader.report(
                    "two exports go to \(export.directory.map { "'\($0)'" } ?? "the directory beside the outputs")",
                    at: node.location,
                    help: "give each a 'to' of its own, or one of them all formats: format: [jsonl, csv]")
            }
            exports.append(export)
        }
        return exports
    }

    private mutating func decodeExport(_ node: YAMLNode) -> ExportSettings? {
        guard let members = reader.members(node, of: .export, as: "export") else { return nil }
        var export = ExportSettings()
        if let node = members["to"]?.value { export.directory = reader.text(node, as: "export.to", "a directory") }
        if let node = members["format"]?.value { export.options.formats = decodeFormats(node) }
        if let node = members["where"]?.value { decodeFilter(node, into: &export.options) }
        if let node = members["only_rated"]?.value {
            export.options.onlyRated = decodeFlag(node, as: "export.only_rated")
        }
        if let node = members["files"]?.value {
            if let word = node.scalar?.text, Self.exportFileWords.contains(word) {
                export.options.links = word == "link"
            } else {
                reader.mismatch("export.files", Self.exportFileWords.joined(separator: " or "), node)
            }
        }
        if let member = members["excel"] {
            export.options.isForExcel = decodeFlag(member.value, as: "export.excel")
            if !export.options.formats.contains(.csv) {
                reader.report(
                    "'export.excel' is about the format csv", at: member.keyLocation, help: "add: format: csv")
            }
        }
        decodeShards(members, into: &export.options)
        return export
    }

    private mutating func decodeFormats(_ node: YAMLNode) -> [ExportFormat] {
        let words = ExportFormat.allCases.map(\.rawValue)
        let expected = "a form of results, or a list of these"
        let nodes = node.sequence == nil ? [node] : reader.sequence(node, as: "export.format", expected) ?? []
        var formats: [ExportFormat] = []
        for node in nodes {
            guard let format = node.scalar.flatMap({ ExportFormat(rawValue: $0.text) }) else {
                reader.mismatch(
                    "export.format", expected, node,
                    help: node.scalar.map { NearestName.help(for: $0.text, among: words) })
                continue
            }
            if formats.contains(format) {
                reader.report(
                    "the format '\(format.rawValue)' is there twice", at: node.location, help: "keep one of them")
            } else {
                formats.append(format)
            }
        }
        return formats
    }

    private mutating func decodeFilter(_ node: YAMLNode, into options: inout ExportOptions) {
        guard let text = reader.text(node, as: "export.where", "a filter such as 'rating>=4'") else { return }
        do throws(ItemFilterError) {
            options.filter = try ItemFilter(parsing: text)
            options.filterText = text
        } catch {
            reader.report("'export.where' has the term '\(error.term)'", at: node.location, help: error.reason)
        }
    }

    private mutating func decodeShards(_ members: [String: YAMLMember], into options: inout ExportOptions) {
        if let node = members["shard_samples"]?.value {
            options.shards.samples = reader.wholeNumber(node, as: "export.shard_samples", in: 1...Int.max)
        }
        if let node = members["shard_size"]?.value {
            if case .number? = node.scalar?.value {
                options.shards.bytes = reader.wholeNumber(node, as: "export.shard_size", in: 1...Int.max).map(
                    Int64.init)
            } else if let bytes = node.scalar.flatMap({ ByteSizeText.parse($0.text) }) {
                options.shards.bytes = bytes
            } else {
                reader.mismatch("export.shard_size", "a size such as 500MB or 3GB", node)
            }
        }
        guard let member = members["shard_samples"] ?? members["shard_size"],
            !options.formats.isEmpty, !options.formats.contains(where: \.hasShards)
        else { return }
        let words = ExportFormat.allCases.filter(\.hasShards).map(\.rawValue).joined(separator: " or ")
        reader.report("'export.\(member.key)' is about the format \(words)", at: member.keyLocation)
    }

    private mutating func decodeFlag(_ node: YAMLNode, as name: String) -> Bool {
        if case .bool(let isOn)? = node.scalar?.value { return isOn }
        reader.mismatch(name, "true or false", node)
        return false
    }
}
