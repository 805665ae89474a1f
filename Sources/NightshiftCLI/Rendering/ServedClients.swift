/// What leads each client to a server of this machine.
struct ServedClients {
    /// Such as `http://127.0.0.1:8080`.
    var address: String
    /// What is shown as the token.
    var token = "any"
    /// The certificate that clients have to trust.
    var certificate: String?

    /// A client, and what to type for it.
    var hints: [(client: String, text: String)] {
        let environment = "export REPLICATE_BASE_URL=\(address) REPLICATE_API_TOKEN=\(token)"
        let javaScript = #"new Replicate({auth: "\#(token)", baseUrl: "\#(address)/v1"})"#
        let header = "-H 'Authorization: Bearer \(token)'"
        guard let certificate else {
            return [
                ("Python 1 and 2, Swift", environment), ("JavaScript", javaScript),
                ("curl", "curl \(header) \(address)/v1/models"),
            ]
        }
        let file = JobCommandLine.quoted(certificate)
        return [
            ("Python 1 and 2, Swift", "\(environment) SSL_CERT_FILE=\(file)"),
            ("JavaScript", javaScript), ("    started with", "NODE_EXTRA_CA_CERTS=\(file) node ..."),
            // Its TLS knows no variable for it.
            ("curl", "curl --cacert \(file) \(header) \(address)/v1/models"),
        ]
    }

    /// A line for each client, for the terminal.
    var lines: [String] {
        let width = hints.map(\.client.count).max() ?? 0
        return hints.map { hint in
            hint.client + String(repeating: " ", count: width - hint.client.count) + "  " + hint.text
        }
    }

    /// Two lines for each client, so that help texts do not wrap what is to be copied.
    static var help: String {
        ServedClients(address: "http://127.0.0.1:8080").hints.map { "  \($0.client):\n    \($0.text)" }
            .joined(separator: "\n")
    }
}
