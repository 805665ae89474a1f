package import LosslessJSON
package import ReplicateAPI

/// What is known of a model's inputs: a provider may fill the defaults into an input that it shows.
package struct KnownInputs: Hashable, Sendable {
    /// `nil` where there is no schema.
    package var names: Set<String>?
    package var defaults: [String: JSONValue] = [:]

    package init() {}

    package init(_ schema: ModelSchema?) {
        guard let schema, !schema.inputs.isEmpty else { return }
        names = Set(schema.inputs.map(\.name))
        for input in schema.inputs {
            if let value = input.defaultValue { defaults[input.name] = value }
        }
    }

    /// Whether a member that was not sent may be shown all the same.
    fileprivate func mayShow(_ name: String, _ value: JSONValue) -> Bool {
        guard let usual = defaults[name] else { return true }
        return usual == value
    }

    /// Whether a member that was sent may be left out where the input is shown.
    fileprivate func mayDrop(_ name: String) -> Bool { names.map { !$0.contains(name) } ?? true }

    /// The input as it is where each value that makes no difference is left out, in one spelling.
    fileprivate func essence(of input: JSONValue) -> [String: JSONValue] {
        (input.objectValue ?? [:]).compactMapValues { $0.isNull ? nil : $0.rounded }
            .filter { defaults[$0.key]?.rounded != $0.value }
    }

    /// The shown input brought to the members that were sent: what is left out is as by default, what is added too.
    /// - Returns: `nil` if something was added that is not.
    fileprivate func completed(_ shown: [String: JSONValue], to names: [String]) -> JSONValue? {
        let sent = Set(names)
        guard shown.allSatisfy({ sent.contains($0.key) || $0.value.isNull || defaults[$0.key] == $0.value }) else {
            return nil
        }
        var members: [String: JSONValue] = [:]
        for name in names { members[name] = shown[name] ?? defaults[name] ?? .null }
        return .object(members)
    }
}

/// A request apart from what a provider may show in another form: files inside its input, values that are as by default, the
/// last digits of numbers.
package struct InputFingerprint: Hashable, Sendable {
    /// The place of its step among the run's.
    let step: Int
    /// All members that were sent.
    fileprivate let names: [String]
    /// Where files are, or were sent inside the input.
    fileprivate let places: [[JSONPathStep]]
    /// What makes the input what it is, without the files.
    fileprivate let members: [String: JSONValue]

    /// - Parameter input: with null, or the sent value, where the files go.
    package init(input: JSONValue, files: [ItemFile], inputs: KnownInputs = KnownInputs(), step: Int = 0) {
        self.step = step
        names = (input.objectValue ?? [:]).keys.sorted()
        var places = files.map(\.pointer)
        for (name, value) in input.objectValue ?? [:] where value.stringValue?.hasPrefix("data:") == true {
            if !places.contains([.key(name)]) { places.append([.key(name)]) }
        }
        self.places = places.sorted { "\($0)" < "\($1)" }
        let rest = places.reduce(input) { $0.replacing(at: $1, with: .null) }
        members = inputs.essence(of: rest).mapValues(\.fingerprint)
    }

    /// Whether files are in it, which may be shown in another form.
    package var hasFiles: Bool { !places.isEmpty }
}

/// How a shown input stands to the requests that are looked for.
package struct RequestLikeness: Hashable, Sendable {
    /// The digests of those that it is, values by default apart.
    package var digests: Set<String> = []
    /// Those that it equals but for files, which it shows otherwise, and the last digits of numbers.
    package var resembled: Set<InputFingerprint> = []
    /// Those that it may be, if the provider has added something or left something out.
    package var related: Set<InputFingerprint> = []

    package var isNone: Bool { digests.isEmpty && resembled.isEmpty && related.isEmpty }
}

/// The requests that a list is searched for.
package struct InputFingerprints: Hashable, Sendable {
    private struct Shape: Hashable {
        var step: Int
        var names: [String]
    }

    private struct Places: Hashable {
        var step: Int
        var places: [[JSONPathStep]]
    }

    private let wanted: Set<String>
    private let shapes: Set<Shape>
    private let groups: [Places: [InputFingerprint]]
    private let inputs: [KnownInputs]

    /// - Parameter inputs: what is known of the steps' models, in the order of the steps.
    package init(_ fingerprints: Set<InputFingerprint>, wanted: Set<String> = [], inputs: [KnownInputs] = []) {
        self.wanted = wanted
        self.inputs = inputs
        shapes = Set(fingerprints.map { Shape(step: $0.step, names: $0.names) })
        groups = Dictionary(grouping: fingerprints) { Places(step: $0.step, places: $0.places) }
    }

    private func inputs(of step: Int) -> KnownInputs { inputs.indices.contains(step) ? inputs[step] : KnownInputs() }

    /// What the input of a listed prediction may be.
    package func likeness(of input: JSONValue) -> RequestLikeness {
        var likeness = RequestLikeness()
        let digest = RequestDigest.of(input)
        if wanted.contains(digest) { likeness.digests.insert(digest) }
        let shown = input.objectValue ?? [:]
        let keys = shown.keys.sorted()
        for shape in shapes where shape.names != keys {
            guard let whole = inputs(of: shape.step).completed(shown, to: shape.names) else { continue }
            let digest = RequestDigest.of(whole)
            if wanted.contains(digest) { likeness.digests.insert(digest) }
        }
        guard likeness.digests.isEmpty else { return likeness }
        for (key, fingerprints) in groups { compare(input, with: fingerprints, at: key, &likeness) }
        return likeness
    }

    private func compare(
        _ input: JSONValue, with fingerprints: [InputFingerprint], at key: Places, _ likeness: inout RequestLikeness
    ) {
        let shown = key.places.map { input.value(at: $0)?.stringValue }
        guard shown.allSatisfy({ $0 != nil }) else { return }
        let known = inputs(of: key.step)
        let rest = key.places.reduce(input) { $0.replacing(at: $1, with: .null) }
        let members = known.essence(of: rest).mapValues(\.fingerprint)
        for fingerprint in fingerprints {
            if fingerprint.members == members {
                likeness.resembled.insert(fingerprint)
                continue
            }
            let common = fingerprint.members.keys.filter { members[$0] != nil }
            guard !common.isEmpty || !key.places.isEmpty else { continue }
            let isAlike =
                common.allSatisfy { fingerprint.members[$0] == members[$0] }
                && members.allSatisfy { name, _ in
                    fingerprint.members[name] != nil || known.mayShow(name, rest[name] ?? .null)
                }
                && fingerprint.members.keys.allSatisfy { members[$0] != nil || known.mayDrop($0) }
            if isAlike { likeness.related.insert(fingerprint) }
        }
    }
}

extension JSONValue {
    /// With numbers as most languages read them, which may have lost their last digits.
    fileprivate var rounded: JSONValue {
        switch self {
        case .number(let number): JSONNumber(number.doubleValue).map(JSONValue.number) ?? self
        case .array(let elements): .array(elements.map(\.rounded))
        case .object(let members): .object(members.mapValues(\.rounded))
        case .null, .bool, .string: self
        }
    }

    /// The value itself if it is short, else its digest.
    fileprivate var fingerprint: JSONValue {
        let bytes = canonicalBytes()
        return bytes.count <= 64 ? self : ["sha256": .string(ContentDigest.sha256(bytes))]
    }
}
