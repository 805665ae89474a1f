import LosslessJSON

/// `accept`: what a result must be to be kept.
extension ManifestDecoder {
    private static let mostBytes = 1e15
    private static let mostPixels = 1e9
    private static let longestDuration = Duration.seconds(24 * 3600)

    mutating func decodeAccept(_ node: YAMLNode, as place: String) -> Acceptance? {
        let name = "\(place)accept"
        guard let members = reader.members(node, of: .accept, as: name) else { return nil }
        guard !members.isEmpty else {
            if node.mapping?.isEmpty == true {
                reader.report(
                    "'\(name)' is empty", at: node.location,
                    help: "expected conditions, such as: { width: { min: 512 } }")
            }
            return nil
        }
        var accept = Acceptance()
        if let bytes = members["bytes"]?.value {
            accept.bytes = decodeBounds(bytes, as: "\(name).bytes", "a size such as 20000 or 2MB") {
                Self.number($0) ?? ByteSizeText.parse($0.text).map(Double.init)
            } within: {
                (0...Self.mostBytes).contains($0)
            }
        }
        if let media = members["media"]?.value { accept.media = decodeMedia(media, as: "\(name).media") }
        if let width = members["width"]?.value { accept.width = decodePixels(width, as: "\(name).width") }
        if let height = members["height"]?.value { accept.height = decodePixels(height, as: "\(name).height") }
        if let duration = members["duration"]?.value {
            accept.duration = decodeBounds(duration, as: "\(name).duration", "a duration such as 2s or 1m30s") {
                DurationText.parse($0.text)?.inSeconds
            } within: {
                (0...Self.longestDuration.inSeconds).contains($0)
            }
        }
        if let text = members["text"]?.value { accept.text = decodeTextRule(text, as: "\(name).text") }
        if let json = members["json"]?.value { accept.json = decodeJSONRule(json, as: "\(name).json") }
        if let inputs = members["not_equal_to_input"]?.value {
            accept.notEqualToInput = decodeComparison(inputs, as: "\(name).not_equal_to_input")
        }
        if let command = members["command"]?.value { accept.command = decodeCommand(command, as: "\(name).command") }
        return accept.isEmpty ? nil : accept
    }

    // MARK: - Bounds

    private static func number(_ scalar: YAMLScalar) -> Double? {
        if case .number(let number) = scalar.value { number.doubleValue } else { nil }
    }

    private mutating func decodePixels(_ node: YAMLNode, as name: String) -> Acceptance.Bounds? {
        decodeBounds(node, as: name, "a number of pixels") {
            Self.number($0)
        } within: {
            (1...Self.mostPixels).contains($0) && $0 == $0.rounded()
        }
    }

    /// One value that is meant exactly, or `{ min: …, max: … }`.
    private mutating func decodeBounds(
        _ node: YAMLNode, as name: String, _ expected: String, _ parse: (YAMLScalar) -> Double?,
        within isAllowed: (Double) -> Bool
    ) -> Acceptance.Bounds? {
        func value(_ node: YAMLNode) -> Double? { node.scalar.flatMap(parse).flatMap { isAllowed($0) ? $0 : nil } }
        guard node.mapping != nil else {
            guard let value = value(node) else {
                reader.mismatch(name, "\(expected), or { min: …, max: … }", node)
                return nil
            }
            return Acceptance.Bounds(least: value, most: value)
        }
        guard let members = reader.members(node, of: .bounds, as: name) else { return nil }
        var ends: [String: Double] = [:]
        for (key, member) in members.sorted(by: { $0.key < $1.key }) {
            guard let value = value(member.value) else {
                reader.mismatch("\(name).\(key)", expected, member.value)
                return nil
            }
            ends[key] = value
        }
        let bounds = Acceptance.Bounds(least: ends["min"], most: ends["max"])
        guard bounds != Acceptance.Bounds() else {
            if members.isEmpty, node.mapping?.isEmpty == true {
                reader.report("'\(name)' is empty", at: node.location, help: "expected min, max or both")
            }
            return nil
        }
        if let least = bounds.least, let most = bounds.most, most < least {
            reader.report("'\(name)' has a 'max' below its 'min'", at: node.location, help: "nothing could be accepted")
        }
        return bounds
    }

    // MARK: - Media types

    private mutating func decodeMedia(_ node: YAMLNode, as name: String) -> [String] {
        var nodes = [node]
        if node.sequence != nil {
            guard let elements = reader.sequence(node, as: name, "a media type or a list of them") else { return [] }
            nodes = elements
        }
        var types: [String] = []
        for node in nodes {
            guard let text = reader.text(node, as: name, "a media type such as image/png or image/*") else { continue }
            let type = text.lowercased()
            let parts = type.split(separator: "/", omittingEmptySubsequences: false)
            let isType =
                parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
                && parts[0].utf8.allSatisfy(Self.isMediaByte)
                && (parts[1] == "*" || parts[1].utf8.allSatisfy(Self.isMediaByte))
            guard isType else {
                reader.mismatch(name, "a media type such as image/png or image/*", node)
                continue
            }
            types.append(type)
        }
        return types
    }

    private static func isMediaByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "!#$&-^_.+".utf8.contains(byte)
    }

    // MARK: - Texts

    private mutating func decodeTextRule(_ node: YAMLNode, as name: String) -> Acceptance.TextRule? {
        guard let members = reader.members(node, of: .acceptText, as: name) else { return nil }
        var rule = Acceptance.TextRule()
        let lengths = 0...1_000_000_000
        if let node = members["min_length"]?.value {
            rule.minLength = reader.wholeNumber(node, as: "\(name).min_length", in: lengths)
        }
        if let node = members["max_length"]?.value {
            rule.maxLength = reader.wholeNumber(node, as: "\(name).max_length", in: lengths)
        }
        if let least = rule.minLength, let most = rule.maxLength, most < least {
            reader.report(
                "'\(name)' has a 'max_length' below its 'min_length'", at: node.location,
                help: "nothing could be accepted")
        }
        if let node = members["matches"]?.value { rule.matches = decodePatterns(node, as: "\(name).matches") }
        if let node = members["not_matches"]?.value {
            rule.notMatches = decodePatterns(node, as: "\(name).not_matches")
        }
        if members.isEmpty, node.mapping?.isEmpty == true {
            reader.report(
                "'\(name)' is empty", at: node.location,
                help: "expected one of: \(ManifestSection.acceptText.keys.joined(separator: ", "))")
        }
        return rule == Acceptance.TextRule() ? nil : rule
    }

    private mutating func decodePatterns(_ node: YAMLNode, as name: String) -> [TextPattern] {
        guard node.sequence != nil else { return decodePattern(node, as: name).map { [$0] } ?? [] }
        let nodes = reader.sequence(node, as: name, "a regular expression or a list of them") ?? []
        return nodes.compactMap { decodePattern($0, as: name) }
    }

    // MARK: - JSON

    private mutating func decodeJSONRule(_ node: YAMLNode, as name: String) -> Acceptance.JSONRule? {
        if let scalar = node.scalar {
            if case .bool(true) = scalar.value { return (try? ResultSchema(true)).map(Acceptance.JSONRule.schema) }
            return reader.text(node, as: name, "a JSON Schema, the path of a file with one, or true for any JSON")
                .map { .file($0, node.location) }
        }
        guard node.mapping != nil else {
            reader.mismatch(name, "a JSON Schema, the path of a file with one, or true for any JSON", node)
            return nil
        }
        let mistakes = reader.count
        guard let document = reader.json(node, as: name), reader.count == mistakes else { return nil }
        do throws(ResultSchema.Mistake) {
            return .schema(try ResultSchema(document))
        } catch {
            reader.report(error.diagnostic(in: name, at: node.location(of: error.path)))
            return nil
        }
    }

    // MARK: - What was sent, and commands

    private mutating func decodeComparison(_ node: YAMLNode, as name: String) -> Acceptance.Comparison? {
        if case .bool(let isAsked)? = node.scalar?.value { return isAsked ? .all : nil }
        var nodes = [node]
        if node.sequence != nil {
            guard let elements = reader.sequence(node, as: name, "true, an input's name or a list of them") else {
                return nil
            }
            nodes = elements
        }
        let names = nodes.compactMap { reader.text($0, as: name, "true, an input's name or a list of them") }
        return names.isEmpty ? nil : .named(names, at: node.location)
    }

    private mutating func decodeCommand(_ node: YAMLNode, as name: String) -> Acceptance.Command? {
        guard node.mapping != nil else {
            return reader.text(node, as: name, "a command, or { run: …, timeout: 60s }").map(Acceptance.Command.init)
        }
        guard let members = reader.members(node, of: .acceptCommand, as: name) else { return nil }
        guard let run = members["run"]?.value else {
            reader.report("'\(name)' has no 'run'", at: node.location, help: "add: run: COMMAND")
            return nil
        }
        guard var command = reader.text(run, as: "\(name).run", "a command").map(Acceptance.Command.init) else {
            return nil
        }
        if let timeout = members["timeout"]?.value {
            let range = Duration.seconds(1)...Duration.seconds(3600)
            command.timeout = reader.duration(timeout, as: "\(name).timeout", in: range) ?? command.timeout
        }
        return command
    }
}

extension ResultSchema.Mistake {
    /// As a mistake of what holds the schema.
    package func diagnostic(in name: String, at location: SourceLocation?) -> Diagnostic {
        let place = path.reduce(into: name) { text, step in
            switch step {
            case .key(let key): text += ".\(VisibleText.of(key))"
            case .index(let index): text += "[\(index)]"
            }
        }
        return Diagnostic("'\(place)' \(message)", at: location, help: help)
    }
}

extension YAMLNode {
    /// Where the value is that steps lead to, or the last one on the way that has a place.
    fileprivate func location(of path: [JSONPathStep]) -> SourceLocation {
        guard let step = path.first else { return location }
        let rest = Array(path.dropFirst())
        switch step {
        case .key(let key):
            guard let member = mapping?.first(where: { $0.key == key }) else { return location }
            return rest.isEmpty ? member.keyLocation : member.value.location(of: rest)
        case .index(let index):
            guard let nodes = sequence, nodes.indices.contains(index) else { return location }
            return nodes[index].location(of: rest)
        }
    }
}
