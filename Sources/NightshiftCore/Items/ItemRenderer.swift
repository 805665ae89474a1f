package import LosslessJSON

/// Turns rows into items, in two steps: the rendered input with the files it names, and, when their digests are
/// known, the item with its key.
package struct ItemRenderer: Sendable {
    private let manifest: Manifest
    private let step: Step
    private let model: String?
    private let conversions: TextConversions

    /// - Parameters:
    ///   - step: one of the manifest's.
    ///   - conversions: what becomes of the texts of rows, where the model's schema is known.
    package init(_ manifest: Manifest, step: Step, conversions: TextConversions = .none) {
        self.manifest = manifest
        self.step = step
        self.conversions = conversions
        model = step.modelName
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
        var parts = Parts()
        let input = try renderInput(in: scope, &parts)
        var rendered = RenderedItem(
            scope: scope, position: position, input: input, files: parts.files, key: scope.explicitKey)
        rendered.deferred = parts.deferred
        if let template = manifest.outputs.name {
            // For a content key this is the part of the name that does not need the key.
            scope.key = rendered.key ?? ""
            rendered.name = try OutputNaming.name(template, in: scope)
        }
        return rendered
    }

    /// The item, given the digests of its files in the order of ``RenderedItem/files``.
    /// - Parameter needs: the items of the same row that its step needs.
    package func item(
        _ rendered: RenderedItem, digests: [(sha256: String, size: Int)], needs: [ItemNeed] = []
    ) throws(RenderError) -> Item {
        let files = zip(rendered.files, digests).map { reference, digest in
            ItemFile(pointer: reference.pointer, path: reference.path, sha256: digest.sha256, size: digest.size)
        }
        let repetition = rendered.scope.repetition
        let deferred = rendered.deferred
        let digest = ItemKey.content(
            model: model, input: rendered.input, files: files, needs: needs, deferred: deferred,
            repetition: repetition)
        var key = rendered.key ?? digest
        var name = OutputNaming.component(key)
        if let template = manifest.outputs.name {
            if rendered.key == nil {
                key = ItemKey.content(
                    model: model, input: rendered.input, files: files, name: rendered.name, needs: needs,
                    deferred: deferred, repetition: repetition)
            }
            var scope = rendered.scope
            scope.key = key
            name = try OutputNaming.name(template, in: scope)
            // Repetitions of one name are told apart as several outputs of one item are not.
            if repetition > 1, !template.names("repeat"), !template.names("key") { name += "-\(repetition)" }
        }
        var item = Item(
            position: rendered.position, key: key, digest: digest, input: rendered.input, files: files, name: name,
            origin: rendered.scope.row.origin, row: rendered.scope.members, priority: try priority(in: rendered.scope)
        )
        (item.needs, item.deferred) = (needs, deferred)
        tellApart(&item)
        return item
    }

    /// Tells the items of a row's steps apart: `KEY.STEP`, with outputs in a folder for each step.
    private func tellApart(_ item: inout Item) {
        guard !step.name.isEmpty else { return }
        item.step = step.name
        item.key += ".\(step.name)"
        item.name = "\(step.name)/\(item.name)"
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
    package func failedItem(
        _ scope: RenderScope, position: Int, problem: String, needs: [ItemNeed] = []
    ) -> Item {
        let row = scope.members
        let digest = ItemKey.content(
            model: model, input: row, files: [], needs: needs, repetition: scope.repetition)
        var key = "invalid-" + digest
        if let template = manifest.key, let explicit = try? template.text(in: scope),
            ItemKey.mistake(in: explicit) == nil
        {
            key = scope.repetition > 1 ? "\(explicit)-\(scope.repetition)" : explicit
        }
        var item = Item(
            position: position, key: key, digest: digest,
            input: .object([:]), name: OutputNaming.component(key), origin: scope.row.origin, row: row,
            problem: problem)
        item.needs = needs
        tellApart(&item)
        return item
    }

    // MARK: - Input

    /// What stands in the input as null until something else is known.
    private struct Parts {
        var files: [FileReference] = []
        var deferred: [DeferredValue] = []
    }

    private func renderInput(in scope: RenderScope, _ parts: inout Parts) throws(RenderError) -> JSONValue {
        guard case .object(let members) = step.input else { return .object([:]) }
        var values: [String: JSONValue] = [:]
        values.reserveCapacity(members.count)
        for member in members {
            var value = try render(member.value, at: [.key(member.key)], in: scope, &parts)
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
        _ tree: TemplateTree, at pointer: [JSONPathStep], in scope: RenderScope, _ parts: inout Parts
    ) throws(RenderError) -> JSONValue {
        switch tree {
        case .literal(let value): return value
        case .text(let template) where step.defers(template):
            parts.deferred.append(
                try DeferredValue(template, pointer: pointer, isFile: false, of: step, in: scope))
            return .null
        case .file(let template) where step.defers(template):
            parts.deferred.append(
                try DeferredValue(template, pointer: pointer, isFile: true, of: step, in: scope))
            return .null
        case .text(let template): return try template.value(in: scope)
        case .file(let template):
            parts.files.append(try FileReference(template, pointer: pointer, in: scope))
            return .null
        case .array(let elements):
            var values: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                values.append(try render(element, at: pointer + [.index(index)], in: scope, &parts))
            }
            return .array(values)
        case .object(let members):
            var values: [String: JSONValue] = [:]
            values.reserveCapacity(members.count)
            for member in members {
                values[member.key] = try render(
                    member.value, at: pointer + [.key(member.key)], in: scope, &parts)
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
    package var deferred: [DeferredValue] = []
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
