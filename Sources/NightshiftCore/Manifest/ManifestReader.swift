import JSON

/// Takes nodes for what they should be and notes each mistake, so that one reading finds them all.
struct ManifestReader {
    private(set) var diagnostics: [Diagnostic]
    private var unlisted = 0
    /// A hostile file could have millions of mistakes.
    private static let listed = 200

    init(_ diagnostics: [Diagnostic] = []) {
        self.diagnostics = []
        for diagnostic in diagnostics { report(diagnostic) }
    }

    /// How many mistakes were found so far.
    var count: Int { diagnostics.count + unlisted }

    /// All mistakes in the order of their places.
    func finished(file: String) -> [Diagnostic] {
        var all = diagnostics.enumerated().sorted { left, right in
            guard let first = left.element.location, let second = right.element.location, first != second else {
                return left.offset < right.offset
            }
            return first < second
        }.map(\.element)
        if unlisted > 0 { all.append(Diagnostic("and \(unlisted) more", at: SourceLocation(file: file))) }
        return all
    }

    mutating func report(_ diagnostic: Diagnostic) {
        if diagnostics.count < ManifestReader.listed {
            diagnostics.append(diagnostic)
        } else {
            unlisted += 1
        }
    }

    mutating func report(_ message: String, at location: SourceLocation, help: String? = nil) {
        report(Diagnostic(message, at: location, help: help))
    }

    /// "'retry.attempts' must be a whole number, found 'many'".
    mutating func mismatch(_ name: String, _ expected: String, _ node: YAMLNode, help: String? = nil) {
        var help = help
        if case .unusable(let reason)? = node.scalar?.value { help = reason }
        report("'\(name)' must be \(expected), found \(node.found)", at: node.location, help: help)
    }

    // MARK: - Mappings and lists

    /// The members of a mapping that a section knows; others are mistakes.
    mutating func members(
        _ node: YAMLNode, of section: ManifestSection, as name: String, prefix: String = ""
    ) -> [String: YAMLMember]? {
        guard let members = node.mapping else {
            mismatch(name, "a mapping", node, help: "with the keys: \(section.keys.joined(separator: ", "))")
            return nil
        }
        var known: [String: YAMLMember] = [:]
        for member in members {
            if section.keys.contains(member.key) {
                known[member.key] = member
            } else {
                let help = NearestName.help(for: member.key, among: section.keys)
                report("unknown key '\(member.key)'", at: member.keyLocation, help: help)
            }
        }
        return known
    }

    mutating func sequence(_ node: YAMLNode, as name: String, _ expected: String) -> [YAMLNode]? {
        guard let nodes = node.sequence else {
            mismatch(name, expected, node)
            return nil
        }
        guard !nodes.isEmpty else {
            report("'\(name)' is empty", at: node.location, help: "expected \(expected)")
            return nil
        }
        return nodes
    }

    // MARK: - Scalars

    mutating func text(_ node: YAMLNode, as name: String, _ expected: String = "text") -> String? {
        guard case .text(let text)? = node.scalar?.value, !text.isEmpty else {
            var help: String?
            if let scalar = node.scalar {
                switch scalar.value {
                case .number, .bool: help = "put it in quotes: \"\(scalar.text)\""
                case .null, .text, .unusable: break
                }
            }
            mismatch(name, expected, node, help: help)
            return nil
        }
        guard !text.utf8.contains(0) else {
            report("'\(name)' holds a NUL character", at: node.location)
            return nil
        }
        return text
    }

    mutating func wholeNumber(_ node: YAMLNode, as name: String, in range: ClosedRange<Int>) -> Int? {
        let expected =
            range.upperBound == .max
            ? "a whole number, at least \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let number)? = node.scalar?.value, let value = number.intValue, range.contains(value) else {
            mismatch(name, expected, node)
            return nil
        }
        return value
    }

    mutating func number(_ node: YAMLNode, as name: String, in range: ClosedRange<Double>) -> Double? {
        guard case .number(let number)? = node.scalar?.value, range.contains(number.doubleValue) else {
            let bounds = [range.lowerBound, range.upperBound].map { JSONNumber($0)?.literal ?? "" }
            mismatch(name, "a number from \(bounds[0]) to \(bounds[1])", node)
            return nil
        }
        return number.doubleValue
    }

    mutating func duration(_ node: YAMLNode, as name: String, in range: ClosedRange<Duration>) -> Duration? {
        let bounds = "from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        guard let text = node.scalar?.text, let duration = DurationText.parse(text), range.contains(duration) else {
            var help: String?
            if case .number? = node.scalar?.value { help = "add a unit: ms, s, m or h" }
            mismatch(name, "a duration \(bounds), such as 30s or 1h30m", node, help: help)
            return nil
        }
        return duration
    }

    /// Any value as JSON.
    mutating func json(_ node: YAMLNode, as name: String) -> JSONValue? {
        switch node.content {
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return .null
            case .bool(let value): return .bool(value)
            case .number(let number): return .number(number)
            case .text(let text): return .string(text)
            case .unusable(let reason):
                report(
                    "\(scalar.text) cannot be sent as it is: \(reason)", at: node.location,
                    help: "put it in quotes if it is text: \"\(scalar.text)\"")
                return nil
            }
        case .sequence(let nodes):
            var elements: [JSONValue] = []
            for node in nodes { if let element = json(node, as: name) { elements.append(element) } }
            return .array(elements)
        case .mapping(let members):
            var object: [String: JSONValue] = [:]
            for member in members { object[member.key] = json(member.value, as: name) }
            return .object(object)
        }
    }
}
