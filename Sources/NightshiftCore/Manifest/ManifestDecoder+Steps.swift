extension ManifestDecoder {
    /// What a manifest without `steps` makes of each row.
    mutating func decodeOnlyStep(_ members: [String: YAMLMember], _ provider: ProviderChoice?) -> Step {
        let start = SourceLocation(file: file, line: 1, column: 1)
        if members["model"] == nil, !isCog(provider) {
            reader.report(
                "missing key 'model'", at: start,
                help: "add: model: OWNER/NAME (only the provider cog can do without)")
        }
        if members["input"] == nil {
            reader.report(
                "missing key 'input'", at: start,
                help: "add what each item sends, such as: input: { prompt: \"{{ value }}\" }")
        }
        var step = Step(model: nil)
        decodeStep(members, as: "", into: &step)
        return step
    }

    /// The steps of a manifest, each after those that it needs.
    mutating func decodeSteps(
        _ member: YAMLMember, beside members: [String: YAMLMember], _ provider: ProviderChoice?
    ) -> [Step] {
        for key in ["model", "input"] {
            guard let other = members[key] else { continue }
            reader.report(
                "'\(key)' stands beside 'steps'", at: other.keyLocation, help: "write it in each step instead")
        }
        if case .cog? = provider {
            reader.report(
                "'steps' cannot be run on Cog servers, which serve one model", at: member.keyLocation,
                help:
                    "write a job for each model, and take the results of one as the rows of the other: inputs: { run: JOB }"
            )
        }
        let node = member.value
        guard let written = node.mapping, !written.isEmpty else {
            reader.mismatch("steps", "a mapping of names to steps", node, help: "such as { draw: { model: … } }")
            return []
        }
        guard written.count <= Step.most else {
            reader.report("there are more than \(Step.most) steps", at: node.location, help: "split the job")
            return []
        }
        // What stands beside the steps holds for each that does not say otherwise.
        var common = Step(model: nil)
        decodePolicies(members, as: "", into: &common)
        let names = written.map(\.key)
        let mistakesBefore = reader.count
        let steps = written.map { decodeStep($0, among: names, common) }
        guard reader.count == mistakesBefore else { return steps }
        switch steps.ordered() {
        case .success(let ordered): return ordered
        case .failure(let circle):
            reader.report(
                "the steps need each other: \(circle.names.joined(separator: " needs "))", at: member.keyLocation,
                help: "one of them must do without the others")
            return steps
        }
    }

    private mutating func decodeStep(_ member: YAMLMember, among names: [String], _ common: Step) -> Step {
        let name = member.key
        var step = common
        step.name = name
        if !Self.isStepName(name) {
            reader.report(
                "'\(name)' cannot be a step's name", at: member.keyLocation,
                help: "expected letters, digits, '-' and '_', at most 50, starting with a letter, and no built-in name")
        }
        let place = "steps.\(name)"
        guard let members = reader.members(member.value, of: .step, as: place) else { return step }
        for key in ["model", "input"] where members[key] == nil {
            reader.report("the step '\(name)' has no '\(key)'", at: member.keyLocation, help: "add: \(key): …")
        }
        decodeStep(members, as: "\(place).", into: &step)
        if let needs = members["needs"]?.value { step.needs = decodeNeeds(needs, of: name, among: names) }
        return step
    }

    private mutating func decodeNeeds(_ node: YAMLNode, of name: String, among names: [String]) -> [String] {
        let place = "steps.\(name).needs"
        let nodes: [YAMLNode]
        if node.sequence != nil {
            guard let elements = reader.sequence(node, as: place, "a step's name or a list of them") else { return [] }
            nodes = elements
        } else {
            nodes = [node]
        }
        var needs: [String] = []
        for node in nodes {
            guard let need = reader.text(node, as: place, "a step's name") else { continue }
            if need == name {
                reader.report("the step '\(name)' needs itself", at: node.location)
            } else if !names.contains(need) {
                let others = names.filter { $0 != name }
                reader.report(
                    "there is no step '\(need)'", at: node.location, help: NearestName.help(for: need, among: others))
            } else if needs.contains(need) {
                reader.report("the step '\(need)' is there twice", at: node.location, help: "keep one of them")
            } else {
                needs.append(need)
            }
        }
        return needs
    }

    private mutating func decodeStep(_ members: [String: YAMLMember], as place: String, into step: inout Step) {
        if let model = members["model"] { step.model = decodeModel(model.value) }
        if let input = members["input"] { step.input = decodeInput(input.value, as: "\(place)input") }
        decodePolicies(members, as: place, into: &step)
    }

    /// How a step is run.
    private mutating func decodePolicies(_ members: [String: YAMLMember], as place: String, into step: inout Step) {
        if let node = members["concurrency"]?.value {
            step.concurrency = reader.wholeNumber(node, as: "\(place)concurrency", in: 1...10_000)
        }
        if let node = members["retry"]?.value { step.retry = decodeRetry(node) }
        if let node = members["timeout"]?.value { step.timeout = decodeTimeout(node) }
        if let node = members["price"]?.value { step.price = decodePrice(node) }
        if let node = members["wait"]?.value { step.wait = decodeWait(node) }
        if let node = members["accept"]?.value { step.accept = decodeAccept(node, as: place) }
    }

    /// A name that templates can say without meaning anything else.
    private static func isStepName(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 50 else { return false }
        let builtIns = RenderScope.builtIns + RetryRules.builtIns
        guard !RenderScope.isLiteral(name), !builtIns.contains(name) else { return false }
        return name.utf8.allSatisfy {
            isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
