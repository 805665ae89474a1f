import Foundation

/// What the `Prefer` headers of a request ask for, by RFC 7240. Preferences that the API does not know are passed over.
struct Preferences: Hashable, Sendable {
    /// How long a create is held for its prediction to end.
    struct Wait: Hashable, Sendable {
        var time: Duration
        /// As the answer says that it was granted.
        var text: String
    }

    /// By name in lower case; of a name that comes twice the first counts.
    private var values: [String: String] = [:]

    /// - Parameter headers: all headers of the name, each a list.
    init(_ headers: [String]) {
        for preference in headers.flatMap({ Self.split($0, at: ",") }) {
            // What follows a semicolon are parameters, and no preference of the API has any.
            let parts = Self.split(Self.split(preference, at: ";").first ?? "", at: "=")
            let name = parts[0].lowercased()
            guard !name.isEmpty, values[name] == nil else { continue }
            values[name] = parts.dropFirst().first.map { Self.unquote($0) } ?? ""
        }
    }

    /// `wait` means 60 seconds, and `wait=10` so many; what is no wait of 1 to 60 seconds is passed over.
    var wait: Wait? {
        guard let value = values["wait"] else { return nil }
        if value.isEmpty { return Wait(time: .seconds(60), text: "wait") }
        guard let seconds = Int(value), (1...60).contains(seconds) else { return nil }
        return Wait(time: .seconds(seconds), text: "wait=\(seconds)")
    }

    /// The parts between separators that are in no quotes, without the spaces around them; at least one.
    private static func split(_ text: String, at separator: Character) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if character == separator, !isQuoted {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = isQuoted && character == "\\" && !isEscaped
        }
        return parts.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func unquote(_ text: String) -> String {
        guard text.count > 1, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var plain = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            isEscaped = character == "\\" && !isEscaped
            if !isEscaped { plain.append(character) }
        }
        return plain
    }
}
