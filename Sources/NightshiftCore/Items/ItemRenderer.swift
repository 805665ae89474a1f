package import JSON

/// Turns rows into items, in two steps: the rendered input with the files it names, and, when their digests are
/// known, the item with its key.
package struct ItemRenderer: Sendable {
    private let manifest: Manifest
    private let model: String?
    private let conversions: TextConversions

    /// - Parameter conversions: what becomes of the texts of rows, where the model's schema is known.
    package init(_ manifest: Manifest, conversions: TextConversions = .none) {
        self.manifest = manifest
        self.conversions = conversions
        model = manifest.model?.description
    }

    /// - Parameter position: the place in the input set, from 0.
    package func render(_ scope: RenderScope, position: Int) throws(RenderError) -> RenderedItem {
        var scope = scope
        if let template = manifest.key {
            var key = try template.text(in: scope)
            if scope.repetition > 1, !template.names("repeat") { key += "-\(scope.repetition)" }
            if let mistake = ItemKey.mistake(in: key) { throw RenderError(mistake, at: template.location) }
            scope.key = key
            scope.explicitKey = key
        }
        var files: [FileReference] = []
        let input = try renderInput(in: scope, files: &files)
        var rendered = RenderedItem(
            scope: scope, position: position, input: input, files: files, key: scope.explicitKey)
        if let template = manifest.outputs.name {
            // For a content key this is the part of the name that does not need the key.
            scope.key = rendered.key ?? ""
            rendered.name = try OutputNaming.name(template, in: scope)
        }
        return rendered
    }

    /// The item, given the digests of its files in the order of ``RenderedItem/files``.
    package func item(
        _ rendered: RenderedItem, digests: [(sha256: String, size: Int)]
    ) throws(RenderError) -> Item {
        let files = zip(rendered.files, digests).map { reference, digest in
            ItemFile(pointer: reference.pointer, path: reference.path, sha256: digest.sha256, size: digest.size)
        }
        let repetition = rendered.scope.repetition
        let digest = ItemKey.content(
            model: model, input: rendered.input, files: files, repetition: repetition)
        var key = rendered.key ?? digest
        var name = OutputNaming.component(key)
        if let template = manifest.outputs.name {
            if rendered.key == nil {
                key = ItemKey.content(
                    model: model, input: rendered.input, files: files, name: rendered.name, repetition: repetition)
            }
            var scope = rendered.scope
            scope.key = key
            name = try OutputNaming.name(template, in: scope)
            // Repetitions of one name are told apart as several outputs of one item are not.
            if repetition > 1, !template.names("repeat"), !template.names("key") { name += "-\(repetition)" }
        }
        return Item(
            position: rendered.position, key: key, digest: digest, input: rendered.input, files: files, name: name,
            origin: rendered.scope.row.origin, row: rendered.scope.members, priority: try priority(in: rendered.scope)
        )
    }

    private func priority(in scope: RenderScope) throws(RenderError) -> Double {
        guard let template = manifest.priority else { return 0 }
        let text = try template.text(in: scope)
        guard let number = JSONNumber(literal: text.trimmingSpaces), number.doubleValue.magnitude <= 1e9 else {
            throw RenderError(
                "the priority is '\(text)'; expected a number from -1000000000 to 1000000000", at: template.location)
        }
        return number.doubleValue
    }

    /// An item in the place of a row that cannot be rendered, known by what the row holds.
    package func failedItem(_ scope: RenderScope, position: Int, problem: String) -> Item {
        let row = scope.members
        let digest = ItemKey.content(model: model, input: row, files: [], repetition: scope.repetition)
        var key = "invalid-" + digest
        if let template = manifest.key, let explicit = try? template.text(in: scope),
            ItemKey.mistake(in: explicit) == nil
        {
            key = scope.repetition > 1 ? "\(explicit)-\(scope.repetition)" : explicit
        }
        return Item(
            position: position, key: key, digest: digest,
            input: .object([:]), name: OutputNaming.component(key), origin: scope.row.origin, row: row,
            problem: problem)
    }

    // MARK: - Input

    private func renderInput(
        in scope: RenderScope, files: inout [FileReference]
    ) throws(RenderError) -> JSONValue {
        guard case .object(let members) = manifest.input else { return .object([:]) }
        var values: [String: JSONValue] = [:]
        values.reserveCapacity(members.count)
        for member in members {
            var value = try render(member.value, at: [.key(member.key)], in: scope, files: &files)
            if scope.row.isText, let rule = conversions[member.key] {
                switch (member.value, value) {
                case (.text(let template), .string(let text)) where template.isColumn(in: scope):
                    if text.isEmpty, rule.leavesOutEmpty { continue }
                    if let conversion = rule.conversion { value = conversion.value(of: text) }
                case (.array(let trees), .array(var elements)):
                    guard let conversion = rule.elements else { break }
                    for (index, tree) in trees.enumerated() {
                        guard case .text(let template) = tree, template.isColumn(in: scope),
                            case .string(let text) = elements[index]
                        else { continue }
                        elements[index] = conversion.value(of: text)
                    }
                    value = .array(elements)
                default: break
                }
            }
            values[member.key] = value
        }
        return .object(values)
    }

    private func render(
        _ tree: TemplateTree, at pointer: [JSONPathStep], in scope: RenderScope, files: inout [FileReference]
    ) throws(RenderError) -> JSONValue {
        switch tree {
        case .literal(let value): return value
        case .text(let template): return try template.value(in: scope)
        case .file(let template):
            files.append(try FileReference(template, pointer: pointer, in: scope))
            return .null
        case .array(let elements):
            var values: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                values.append(try render(element, at: pointer + [.index(index)], in: scope, files: &files))
            }
            return .array(values)
        case .object(let members):
            var values: [String: JSONValue] = [:]
            values.reserveCapacity(members.count)
            for member in members {
                values[member.key] = try render(
                    member.value, at: pointer + [.key(member.key)], in: scope, files: &files)
            }
            return .object(values)
        }
    }
}

/// An item whose files are not read yet.
package struct RenderedItem: Sendable {
    package var scope: RenderScope
    package var position: Int
    package var input: JSONValue
    package var files: [FileReference]
    /// The explicit key, if the manifest gives one.
    package var key: String?
    /// The rendered output name, if the manifest gives one.
    package var name: String?

    package init(
        scope: RenderScope, position: Int, input: JSONValue, files: [FileReference], key: String? = nil,
        name: String? = nil
    ) {
        self.scope = scope
        self.position = position
        self.input = input
        self.files = files
        self.key = key
        self.name = name
    }
}

extension Template {
    /// Whether it is a lone placeholder that names a column of the row, not of the matrix and not a built-in.
    fileprivate func isColumn(in scope: RenderScope) -> Bool {
        guard segments.count == 1, case .placeholder(let placeholder) = segments[0],
            case .name(let name) = placeholder.root
        else { return false }
        if !scope.matrix.isEmpty, scope.matrix.contains(where: { $0.name == name }) { return false }
        return !RenderScope.builtIns.contains(name) || scope.row[name] != nil
    }
}

extension RenderScope {
    /// The row and the matrix values as one object: what an export shows of the item's origin.
    package var members: JSONValue {
        var members = row.members
        for column in matrix { members[column.name] = column.value }
        return .object(members)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
