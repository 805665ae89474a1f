import ReplicateAPI

/// Turns the text of a manifest into its values, or into all its mistakes at once.
package struct ManifestDecoder {
    /// Decodes a manifest.
    ///
    /// - Parameter file: the manifest as the user named it, for messages.
    /// - Throws: ``Diagnostics`` with every mistake that was found.
    package static func decode(_ bytes: [UInt8], file: String) throws(Diagnostics) -> Manifest {
        let (document, diagnostics) = YAMLParser.parse(bytes, file: file)
        var decoder = ManifestDecoder(file: file, reader: ManifestReader(diagnostics))
        if let document, document.mapping == nil, diagnostics.isEmpty,
            let cause = YAMLDiagnosis.cause(in: bytes, file: file)
        {
            throw Diagnostics([SourceLines(bytes, file: file).showing(cause)])
        }
        // A broken text is shown by itself; what is missing in the part that was read may be in the other.
        let manifest = document.flatMap { decoder.decode($0) }
        let lines = SourceLines(bytes, file: file)
        let found = decoder.reader.finished(file: file).map(lines.showing)
        guard let manifest, found.isEmpty else { throw Diagnostics(found) }
        return manifest
    }

    let file: String
    var reader: ManifestReader

    private init(file: String, reader: ManifestReader) {
        self.file = file
        self.reader = reader
    }

    private mutating func decode(_ document: YAMLNode) -> Manifest? {
        guard document.mapping != nil else {
            reader.report(
                "a manifest must be a mapping, found \(document.found)", at: document.location,
                help: "start with: job: NAME")
            return nil
        }
        guard let members = reader.members(document, of: .manifest, as: "manifest") else { return nil }
        let start = SourceLocation(file: file, line: 1, column: 1)
        let job = members["job"].map { decodeJob($0.value) } ?? missing("job", at: start, help: "add: job: NAME")
        let provider = members["provider"].map { decodeProvider($0.value) } ?? .replicate
        let steps =
            members["steps"].map { decodeSteps($0, beside: members, provider) } ?? [decodeOnlyStep(members, provider)]
        let mistakesBefore = reader.count
        let inputs = members["inputs"].map { decodeInputs($0.value) } ?? []
        var matrix = members["matrix"].map { decodeMatrix($0.value) } ?? Matrix()
        matrix.inclusions = members["include"].map { decodeInclude($0.value) } ?? []
        // Of columns that could not be read, nothing can be said.
        let areColumnsKnown = reader.count == mistakesBefore
        if members["inputs"] == nil, members["matrix"] == nil {
            let _: String? = missing("inputs", at: start, help: "add rows, such as: inputs: { csv: rows.csv }")
        }
        let exclude = members["exclude"].map { decodeExclude($0.value) } ?? []
        let key = members["key"].flatMap { decodeTemplate($0.value, as: "key") }
        let outputs = members["outputs"].map { decodeOutputs($0.value, job: job ?? "") }
        var manifest = Manifest(
            path: file, job: job ?? "", steps: steps, provider: provider ?? .replicate, inputs: inputs,
            matrix: matrix, exclude: exclude, key: key,
            outputs: outputs ?? OutputSettings(directory: "out/\(job ?? "")"),
            rate: members["rate"].map { decodeRate($0.value) } ?? RateSettings(),
            budget: members["budget"].map { decodeBudget($0.value) } ?? BudgetSettings()
        )
        decodeScheduling(members, into: &manifest)
        if members["key"] == nil { manifest.key = manifest.batchKey }
        manifest.exports = members["export"].map { decodeExports($0.value) } ?? []
        checkPrices(members, of: manifest)
        if areColumnsKnown, members["inputs"] != nil || members["matrix"] != nil {
            for diagnostic in ManifestRules.mistakes(in: manifest) { reader.report(diagnostic) }
        }
        return manifest
    }

    /// A budget of money needs to know what things cost.
    private mutating func checkPrices(_ members: [String: YAMLMember], of manifest: Manifest) {
        guard manifest.budget.cost != nil, members["price"] == nil, let budget = members["budget"] else { return }
        // A price that could not be read is a mistake already.
        let written = members["steps"]?.value.mapping ?? []
        let isPriced =
            !written.isEmpty && written.allSatisfy { $0.value.mapping?.contains { $0.key == "price" } ?? true }
        guard !isPriced else { return }
        reader.report(
            "'budget.cost' needs a 'price'" + (manifest.hasSteps ? " for each step" : ""), at: budget.value.location,
            help: "add what the model costs, such as: price: { per_second: 0.000975 }")
    }

    private mutating func missing<Value>(_ key: String, at location: SourceLocation, help: String) -> Value? {
        reader.report("missing key '\(key)'", at: location, help: help)
        return nil
    }

    // MARK: - Who and where

    private mutating func decodeJob(_ node: YAMLNode) -> String? {
        guard let job = reader.text(node, as: "job", "a name") else { return nil }
        guard JobName.isAllowed(job) else {
            reader.report(
                "'job' cannot be \(node.found)", at: node.location,
                help: "expected letters, digits, '-', '_' and '.', at most 100, starting with a letter or digit")
            return nil
        }
        return job
    }

    mutating func decodeModel(_ node: YAMLNode) -> ModelTarget? {
        if node.mapping != nil {
            guard let members = reader.members(node, of: .model, as: "model") else { return nil }
            guard let deployment = members["deployment"]?.value else {
                if members.isEmpty, node.mapping?.isEmpty == true {
                    reader.report("'model' is empty", at: node.location, help: "expected { deployment: OWNER/NAME }")
                }
                return nil
            }
            guard let reference = reference(deployment, as: "model.deployment", "owner/name") else { return nil }
            guard reference.version == nil else {
                reader.mismatch("model.deployment", "owner/name", deployment, help: "a deployment has no version here")
                return nil
            }
            return .deployment(owner: reference.owner, name: reference.name)
        }
        return reference(node, as: "model", "owner/name or owner/name:version").map { .model($0) }
    }

    private mutating func reference(_ node: YAMLNode, as name: String, _ expected: String) -> ModelReference? {
        guard let text = reader.text(node, as: name, expected) else { return nil }
        guard let reference = try? ModelReference(parsing: text) else {
            reader.mismatch(name, expected, node)
            return nil
        }
        return reference
    }

    func isCog(_ provider: ProviderChoice?) -> Bool {
        // A provider that could not be read is a mistake already; do not guess a second one from it.
        guard let provider else { return true }
        if case .cog = provider { return true }
        return false
    }

    private mutating func decodeProvider(_ node: YAMLNode) -> ProviderChoice? {
        let names = ManifestSection.provider.keys
        if node.mapping != nil {
            guard let members = reader.members(node, of: .provider, as: "provider") else { return nil }
            if members.count > 1 {
                let found = names.filter { members[$0] != nil }.map { "'\($0)'" }.joined(separator: " and ")
                reader.report("'provider' names \(found)", at: node.location, help: "keep one of them")
                return nil
            }
            if let local = members["local"] { return decodeLocal(local.value) }
            if let cog = members["cog"] { return decodeCog(cog.value) }
            if let replicate = members["replicate"] {
                reader.report(
                    "'replicate' has no settings here", at: replicate.keyLocation, help: "write: provider: replicate")
            } else if node.mapping?.isEmpty == true {
                reader.report(
                    "'provider' is empty", at: node.location, help: "expected one of: \(names.joined(separator: ", "))")
            }
            return nil
        }
        switch node.scalar?.text {
        case "replicate": return .replicate
        case "local": return .local(commands: [:])
        case "cog":
            reader.report(
                "the provider cog needs its servers", at: node.location,
                help: "write: provider: { cog: { servers: [http://localhost:5000] } }")
            return nil
        case let text?:
            reader.report(
                "unknown provider \(node.found)", at: node.location, help: NearestName.help(for: text, among: names))
            return nil
        case nil:
            reader.mismatch("provider", "one of: \(names.joined(separator: ", "))", node)
            return nil
        }
    }

    private mutating func decodeLocal(_ node: YAMLNode) -> ProviderChoice? {
        if case .null? = node.scalar?.value { return .local(commands: [:]) }
        guard let members = reader.members(node, of: .local, as: "provider.local") else { return nil }
        guard let models = members["models"]?.value else { return .local(commands: [:]) }
        guard let commands = models.mapping else {
            reader.mismatch(
                "provider.local.models", "a mapping of models to commands", models,
                help: "such as { me/upper: python3 upper.py }")
            return nil
        }
        var found: [String: String] = [:]
        for member in commands {
            guard let reference = try? ModelReference(parsing: member.key), reference.version == nil else {
                reader.report(
                    "'\(member.key)' does not name a model", at: member.keyLocation, help: "expected owner/name")
                continue
            }
            found[reference.fullName] = reader.text(member.value, as: member.key, "a command")
        }
        return .local(commands: found)
    }

    private mutating func decodeCog(_ node: YAMLNode) -> ProviderChoice? {
        guard let members = reader.members(node, of: .cog, as: "provider.cog") else { return nil }
        guard let servers = members["servers"]?.value else {
            if node.mapping?.isEmpty == true {
                reader.report(
                    "'provider.cog' is empty", at: node.location, help: "expected { servers: [http://localhost:5000] }")
            }
            return nil
        }
        let expected = "a list of server addresses, such as [http://localhost:5000]"
        guard let nodes = reader.sequence(servers, as: "provider.cog.servers", expected) else { return nil }
        var found: [String] = []
        for node in nodes {
            guard
                let address = reader.text(node, as: "provider.cog.servers", "an address such as http://localhost:5000")
            else { continue }
            guard let base = ServerAddress.base(address) else {
                reader.report(
                    "\(node.found) is not the address of a server", at: node.location,
                    help: "expected http:// or https://, a host, and a port if it is not the usual one")
                continue
            }
            if found.contains(base) {
                reader.report("the server '\(base)' is there twice", at: node.location, help: "keep one of them")
            } else {
                found.append(base)
            }
        }
        return .cog(servers: found)
    }
}
