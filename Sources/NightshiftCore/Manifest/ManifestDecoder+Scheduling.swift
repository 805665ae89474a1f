import LosslessJSON
import ReplicateAPI

/// Which item goes when, how often, and what becomes of what is not certain.
extension ManifestDecoder {
    mutating func decodeScheduling(_ members: [String: YAMLMember], into manifest: inout Manifest) {
        if let node = members["on_unknown"]?.value {
            manifest.onUnknown = choice(node, as: "on_unknown") ?? manifest.onUnknown
        }
        if let node = members["webhook"]?.value { manifest.webhook = decodeWebhook(node) }
        if let node = members["window"]?.value {
            manifest.window = node.scalar.flatMap { DailyWindow(parsing: $0.text) }
            if manifest.window == nil {
                reader.mismatch("window", "two different times of day, such as 22:00-07:00", node)
            }
        }
        if let node = members["priority"]?.value { manifest.priority = decodePriority(node) }
        if let node = members["repeat"]?.value {
            manifest.repetitions = reader.wholeNumber(node, as: "repeat", in: 1...1_000_000) ?? 1
        }
        if let node = members["reuse"]?.value {
            if case .bool(let isOn)? = node.scalar?.value {
                manifest.reusesResults = isOn
            } else {
                reader.mismatch("reuse", "true or false", node)
            }
        }
    }

    private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode, as name: String
    ) -> Choice? {
        if let choice = node.scalar.flatMap({ Choice(rawValue: $0.text) }) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        let help = node.scalar.map { NearestName.help(for: $0.text, among: names) }
        reader.mismatch(name, "one of: \(names.joined(separator: ", "))", node, help: help)
        return nil
    }

    /// A template, or a number that holds for all items.
    private mutating func decodePriority(_ node: YAMLNode) -> Template? {
        if case .number(let number)? = node.scalar?.value {
            return Template(segments: [.text(number.literal)], location: node.location)
        }
        return decodeTemplate(node, as: "priority")
    }

    private mutating func decodeWebhook(_ node: YAMLNode) -> WebhookSettings? {
        guard let members = reader.members(node, of: .webhook, as: "webhook") else { return nil }
        var listen: (host: String, port: Int)?
        var url: String?
        if let node = members["listen"]?.value {
            listen = node.scalar.flatMap { Self.listenAddress($0.text) }
            if listen == nil {
                reader.mismatch("webhook.listen", "an address and a port of this machine, such as 127.0.0.1:8787", node)
            }
        } else {
            reader.report(
                "'webhook' needs 'listen'", at: node.location,
                help: "add where to listen, such as listen: 127.0.0.1:8787")
        }
        if let node = members["url"]?.value {
            url = reader.text(node, as: "webhook.url", "the https address at which the provider reaches this machine")
            if let text = url, !Self.isWebhookURL(text) {
                reader.report(
                    "\(node.found) is no address that the provider calls", at: node.location,
                    help: "expected https://, or http:// and a loopback address for a server on this machine")
                url = nil
            }
        } else {
            reader.report(
                "'webhook' needs 'url'", at: node.location,
                help:
                    "add the address at which the provider reaches this machine, such as url: https://example.com/hook")
        }
        guard let listen, let url else { return nil }
        return WebhookSettings(host: listen.host, port: listen.port, url: url)
    }

    private static func listenAddress(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
            return nil
        }
        return (host, port)
    }

    private static func isWebhookURL(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else { return false }
        return WebhookAddress.problem(with: text) == nil
    }

    // MARK: - Retries

    mutating func decodeRetryOn(_ node: YAMLNode) -> [FailureClass: Int] {
        guard let members = reader.members(node, of: .retryOn, as: "retry.on") else { return [:] }
        var overrides: [FailureClass: Int] = [:]
        for (name, member) in members {
            guard let failure = FailureClass(rawValue: name) else { continue }
            overrides[failure] = reader.wholeNumber(member.value, as: "retry.on.\(name)", in: 0...100)
        }
        return overrides
    }

    mutating func decodeRetrySet(_ node: YAMLNode) -> [TemplateTree.Member] {
        guard node.mapping != nil else {
            reader.mismatch(
                "retry.set", "a mapping of inputs", node, help: "such as { seed: \"{{ random }}\" }")
            return []
        }
        guard case .object(let members) = decodeInput(node, as: "retry.set") else { return [] }
        if members.contains(where: { $0.value.hasFiles }) {
            reader.report("'retry.set' cannot hold a file", at: node.location, help: "change another input")
        }
        return members
    }
}

extension TemplateTree {
    /// Whether the content of a file goes anywhere into it.
    var hasFiles: Bool {
        switch self {
        case .literal, .text: false
        case .file: true
        case .array(let elements): elements.contains(where: \.hasFiles)
        case .object(let members): members.contains { $0.value.hasFiles }
        }
    }
}
