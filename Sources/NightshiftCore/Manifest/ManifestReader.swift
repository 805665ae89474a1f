import LosslessJSON

/// Takes nodes for what they should be and notes each mistake, so that one reading finds them all.
struct ManifestReader {
    private(set) var diagnostics: [Diagnostic]
    private var unlisted = 0
    /// The keys that were given what stands beside them.
    private var adopted: Set<SourceLocation> = []
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
        for member in placed(members, in: section) {
            if section.keys.contains(member.key) {
                known[member.key] = member
            } else if let (key, value) = unspaced(member, in: section) {
                report(
                    "there is no space after '\(key):'", at: member.keyLocation, help: "write: \(key): \(value)")
                known[key] = YAMLMember(
                    key: key, keyLocation: member.keyLocation,
                    value: YAMLNode(.scalar(YAMLScalar(text: value, isPlain: true)), at: member.keyLocation))
            } else {
                report(
                    "unknown key '\(VisibleText.of(member.key))'", at: member.keyLocation,
                    help: help(forUnknown: member.key, in: section))
            }
        }
        return known
    }

    private func help(forUnknown key: String, in section: ManifestSection) -> String {
        if NearestName.suggestion(for: key, among: section.keys) == nil, let owner = section.owner(of: key) {
            return "it is a key of \(owner), and must be indented as the others there are"
        }
        return NearestName.help(for: key, among: section.keys)
    }

    /// The key and the value of `csv:rows.csv` in braces, which YAML takes for one key.
    private func unspaced(_ member: YAMLMember, in section: ManifestSection) -> (key: String, value: String)? {
        guard case .null? = member.value.scalar?.value, let colon = member.key.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let key = String(member.key[..<colon])
        guard section.keys.contains(key) else { return nil }
        return (key, String(member.key[member.key.utf8.index(after: colon)...]))
    }

    /// The members with each in its place: what belongs below an empty key and stands beside it is put there, and told.
    private mutating func placed(_ members: [YAMLMember], in section: ManifestSection) -> [YAMLMember] {
        var placed: [YAMLMember] = []
        for member in members {
            guard !section.keys.contains(member.key), let above = placed.last, section.keys.contains(above.key),
                isOpen(above.value, to: member, below: above.key, in: section)
            else {
                placed.append(member)
                continue
            }
            report(
                "'\(member.key)' belongs to '\(above.key)' above it and must be indented", at: member.keyLocation,
                help: "put two spaces before it")
            let last = placed.indices.upperBound - 1
            let inner = (above.value.mapping ?? []) + [member]
            placed[last].value = YAMLNode(.mapping(inner), at: inner[0].keyLocation)
            adopted.insert(placed[last].keyLocation)
        }
        return placed
    }

    /// Whether a key has nothing below it yet but what was put there, and another one could be meant to be.
    private func isOpen(
        _ value: YAMLNode, to member: YAMLMember, below key: String, in section: ManifestSection
    ) -> Bool {
        let isEmpty: Bool =
            if case .null? = value.scalar?.value, value.scalar?.text.isEmpty == true { true } else {
                value.mapping?.first.map { adopted.contains(value.location) || $0.keyLocation == value.location }
                    ?? false
                    && value.mapping?.first?.keyLocation.column == member.keyLocation.column
            }
        guard isEmpty else { return false }
        if let inner = section.section(below: key) { return inner.keys.contains(member.key) }
        return section.isFree(below: key) && NearestName.suggestion(for: member.key, among: section.keys) == nil
    }

    mutating func sequence(_ node: YAMLNode, as name: String, _ expected: String) -> [YAMLNode]? {
        guard let nodes = node.sequence else {
            if let scalar = node.scalar, scalar.isPlain, scalar.text.utf8.first == UInt8(ascii: "-"),
                scalar.text.utf8.count > 1
            {
                report(
                    "there is no space after '-'", at: node.location,
                    help: "write: - \(String(scalar.text.unicodeScalars.dropFirst().prefix { $0 != " " }))")
                return nil
            }
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
            if let column = node.bracedName {
                help = "a template has two braces and stands in quotes: \"\(TemplateParser.placeholder(for: column))\""
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

extension YAMLNode {
    /// The name of `{ name }`, which is a mapping to YAML and was probably meant as a template.
    var bracedName: String? {
        guard let member = mapping?.first, mapping?.count == 1, let scalar = member.value.scalar, scalar.isPlain,
            scalar.text.isEmpty, member.keyLocation != location
        else { return nil }
        return member.key
    }
}
