import LosslessJSON

extension ManifestDecoder {
    // MARK: - Conditions

    /// `where` and the entries of `exclude`: each column with what its value must be.
    mutating func decodeConditions(_ node: YAMLNode, as name: String) -> [Condition] {
        guard let members = node.mapping else {
            reader.mismatch(name, "a mapping of columns to values", node)
            return []
        }
        if members.isEmpty {
            reader.report(
                "'\(name)' is empty", at: node.location, help: "expected columns with values, such as { lang: en }")
        }
        return members.compactMap { member in
            decodeDemand(member.value, as: "\(name).\(member.key)").map {
                Condition(column: member.key, demand: $0, location: member.keyLocation)
            }
        }
    }

    private mutating func decodeDemand(_ node: YAMLNode, as name: String) -> Condition.Demand? {
        if node.mapping != nil { return decodeComparison(node, as: name) }
        let nodes = node.sequence ?? [node]
        let isScalar = nodes.allSatisfy { $0.scalar != nil }
        guard isScalar, !nodes.isEmpty else {
            reader.mismatch(name, "a value or a list of values", node)
            return nil
        }
        return .oneOf(nodes.compactMap { reader.json($0, as: name) })
    }

    /// `{ from: 1, to: 5 }` or `{ matches: '^a' }`.
    private mutating func decodeComparison(_ node: YAMLNode, as name: String) -> Condition.Demand? {
        let expected = "expected { from: FROM, to: TO }, or { matches: PATTERN }"
        guard let members = reader.members(node, of: .condition, as: name) else { return nil }
        if let pattern = members["matches"]?.value {
            guard members.count == 1 else {
                reader.report("'\(name)' has 'matches' and more", at: node.location, help: expected)
                return nil
            }
            return decodePattern(pattern, as: "\(name).matches").map { .matches($0) }
        }
        guard !members.isEmpty else {
            if node.mapping?.isEmpty == true {
                reader.report("'\(name)' is empty", at: node.location, help: expected)
            }
            return nil
        }
        var ends: [String: JSONValue] = [:]
        for key in ["from", "to"] {
            guard let end = members[key]?.value else { continue }
            switch end.scalar?.value {
            case .number(let number): ends[key] = .number(number)
            case .text(let text): ends[key] = .string(text)
            case .null, .bool, .unusable, nil:
                reader.mismatch("\(name).\(key)", "a number or a text", end)
                return nil
            }
        }
        if let from = ends["from"], let to = ends["to"], (from.stringValue == nil) != (to.stringValue == nil) {
            reader.report("'\(name)' goes from a number to a text", at: node.location, help: "expected two of one kind")
            return nil
        }
        return .between(from: ends["from"], to: ends["to"])
    }

    mutating func decodePattern(_ node: YAMLNode, as name: String) -> TextPattern? {
        guard let text = reader.text(node, as: name, "a regular expression in quotes") else { return nil }
        do throws(PatternMistake) {
            return try TextPattern(text)
        } catch {
            reader.report("'\(name)' is no pattern: \(error.message)", at: node.location, help: error.help)
            return nil
        }
    }

    mutating func decodeExclude(_ node: YAMLNode) -> [Exclusion] {
        guard let nodes = reader.sequence(node, as: "exclude", "a list of mappings such as [{ style: ink, seed: 4 }]")
        else { return [] }
        return nodes.enumerated().map { index, node in
            Exclusion(conditions: decodeConditions(node, as: "exclude[\(index)]"), location: node.location)
        }
    }

    mutating func decodeInclude(_ node: YAMLNode) -> [Matrix.Inclusion] {
        let expected = "a list of mappings such as [{ style: oil, varnish: high }]"
        guard let nodes = reader.sequence(node, as: "include", expected) else { return [] }
        return nodes.enumerated().compactMap { index, node in
            guard let members = node.mapping, !members.isEmpty else {
                reader.mismatch("include[\(index)]", "a mapping of names to values", node)
                return nil
            }
            let named = members.compactMap { member in
                reader.json(member.value, as: "include[\(index)].\(member.key)").map {
                    Matrix.Inclusion.Member(name: member.key, value: $0, location: member.keyLocation)
                }
            }
            return Matrix.Inclusion(members: named, location: node.location)
        }
    }

    // MARK: - Samples

    mutating func decodeUnique(_ node: YAMLNode, as name: String) -> [UniqueColumn] {
        let nodes = node.sequence ?? [node]
        let expected = "a column's name, or a list of names"
        if nodes.isEmpty { reader.mismatch(name, expected, node) }
        return nodes.compactMap { node in
            reader.text(node, as: name, expected).map { UniqueColumn($0, location: node.location) }
        }
    }

    mutating func decodeSample(_ node: YAMLNode, as name: String) -> InputSource.Sample? {
        guard node.mapping != nil else {
            return decodeAmount(node, as: name).map { InputSource.Sample($0) }
        }
        guard let members = reader.members(node, of: .sample, as: name) else { return nil }
        let seed = members["seed"].flatMap { reader.wholeNumber($0.value, as: "\(name).seed", in: 0...Int.max) } ?? 0
        let amounts = ["count", "share"].compactMap { key in members[key].map { (key, $0.value) } }
        guard amounts.count == 1, let (key, amount) = amounts.first else {
            reader.report(
                "'\(name)' needs 'count' or 'share'", at: node.location,
                help: "such as { count: 100, seed: 7 } or { share: 5%, seed: 7 }")
            return nil
        }
        guard let found = decodeAmount(amount, as: "\(name).\(key)") else { return nil }
        switch (key, found) {
        case ("count", .share): reader.mismatch("\(name).count", "a whole number, at least 1", amount)
        case ("share", .count): reader.mismatch("\(name).share", "a share such as 5%", amount)
        default: return InputSource.Sample(found, seed: seed)
        }
        return nil
    }

    private mutating func decodeAmount(_ node: YAMLNode, as name: String) -> InputSource.Sample.Amount? {
        if case .number(let number)? = node.scalar?.value, let count = number.intValue, count >= 1 {
            return .count(count)
        }
        if let text = node.scalar?.text, text.hasSuffix("%"), let percent = Double(text.dropLast()),
            percent > 0, percent <= 100
        {
            return .share(percent / 100)
        }
        reader.mismatch(name, "a number of rows, or a share such as 5%", node)
        return nil
    }

    mutating func decodeShuffle(_ node: YAMLNode, as name: String) -> Int? {
        switch node.scalar?.value {
        case .bool(let isShuffled): return isShuffled ? 0 : nil
        case .number(let number):
            if let seed = number.intValue, seed >= 0 { return seed }
        case .null, .text, .unusable, nil: break
        }
        reader.mismatch(name, "true, or a whole number as its seed", node)
        return nil
    }
}
