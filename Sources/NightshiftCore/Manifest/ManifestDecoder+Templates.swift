import LosslessJSON

extension ManifestDecoder {
    mutating func decodeTemplate(_ node: YAMLNode, as name: String) -> Template? {
        guard let text = reader.text(node, as: name, "text") else { return nil }
        return template(text, node)
    }

    private mutating func template(_ text: String, _ node: YAMLNode) -> Template {
        var mistakes: [Diagnostic] = []
        let column = node.scalar?.verbatimColumn
        let template = TemplateParser.parse(text, at: node.location, column: column, into: &mistakes)
        for mistake in mistakes { reader.report(mistake) }
        return template
    }

    // MARK: - Input

    mutating func decodeInput(_ node: YAMLNode, as name: String = "input") -> TemplateTree {
        guard let members = node.mapping else {
            reader.mismatch(name, "a mapping of the model's inputs", node)
            return .object([])
        }
        // Here `file` would be an input of that name, not a file.
        return object(members, as: name)
    }

    private mutating func object(_ members: [YAMLMember], as name: String) -> TemplateTree {
        .object(
            members.map { member in
                if member.key.containsExactly("{{") {
                    reader.report("a key cannot be a template", at: member.keyLocation, help: "only values can")
                }
                return TemplateTree.Member(
                    member.key, tree(member.value, as: "\(name).\(member.key)"), at: member.keyLocation)
            })
    }

    private mutating func tree(_ node: YAMLNode, as name: String) -> TemplateTree {
        switch node.content {
        case .scalar(let scalar):
            guard case .text(let text) = scalar.value else { return .literal(reader.json(node, as: name) ?? .null) }
            let template = template(text, node)
            return template.placeholders.isEmpty ? .literal(.string(text)) : .text(template)
        case .sequence(let nodes):
            return .array(nodes.enumerated().map { index, node in tree(node, as: "\(name)[\(index)]") })
        case .mapping(let members):
            if let column = node.bracedName {
                reader.report(
                    "'{ \(VisibleText.of(column)) }' is a mapping and no template", at: node.location,
                    help:
                        "a template has two braces and stands in quotes: \"\(TemplateParser.placeholder(for: column))\""
                )
                return .literal(.null)
            }
            if members.count == 1, members[0].key == "file" {
                return decodeTemplate(members[0].value, as: "\(name).file").map { .file($0) } ?? .literal(.null)
            }
            return object(members, as: name)
        }
    }

    // MARK: - Outputs

    mutating func decodeOutputs(_ node: YAMLNode, job: String) -> OutputSettings {
        var settings = OutputSettings(directory: "out/\(job)")
        guard let members = reader.members(node, of: .outputs, as: "outputs") else { return settings }
        if let directory = members["directory"]?.value {
            settings.directory = reader.text(directory, as: "outputs.directory", "a path") ?? settings.directory
        }
        if let name = members["name"]?.value {
            settings.name = decodeTemplate(name, as: "outputs.name")
            if let template = settings.name, let mistake = OutputNaming.mistake(in: template) {
                reader.report(
                    "'outputs.name' \(mistake)", at: name.location,
                    help: "it must be a plain path inside 'outputs.directory'")
            }
        }
        return settings
    }
}
