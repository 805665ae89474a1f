package import LosslessJSON

/// Why a placeholder has no value for this row.
package struct RenderError: Error, Hashable, Sendable {
    /// What is wrong with the row's value, such as "no 'lang' here".
    package var message: String
    /// The placeholder's place in the manifest.
    package var location: SourceLocation
    package var help: String?
    /// What it is about.
    package var subject: Subject

    package enum Subject: Hashable, Sendable {
        /// What the row holds.
        case row
        /// A file that the item would send.
        case file
    }

    package init(_ message: String, at location: SourceLocation, help: String? = nil, subject: Subject = .row) {
        self.message = message
        self.location = location
        self.help = help
        self.subject = subject
    }
}

extension Template {
    /// The value of a text: a lone placeholder keeps the type of what it names, all else becomes text.
    package func value(in scope: RenderScope) throws(RenderError) -> JSONValue {
        if segments.count == 1 {
            switch segments[0] {
            case .text(let text): return .string(text)
            case .placeholder(let placeholder): return try placeholder.value(in: scope)
            }
        }
        return .string(try text(in: scope))
    }

    /// The template as text.
    package func text(in scope: RenderScope) throws(RenderError) -> String {
        var text = ""
        for segment in segments {
            switch segment {
            case .text(let literal): text += literal
            case .placeholder(let placeholder): text += try placeholder.text(in: scope)
            }
        }
        return text
    }
}

extension Placeholder {
    package func value(in scope: RenderScope) throws(RenderError) -> JSONValue {
        var value: JSONValue?
        switch root {
        case .text(let text): value = .string(text)
        case .name(let name): value = scope.value(of: name)
        case .random(let range): value = .number(JSONNumber(scope.random(in: range)))
        }
        var reached = rootName
        for step in path {
            guard let current = value, !current.isNull else { break }
            switch step {
            case .key(let key):
                value = current[key]
                if value == nil, !hasDefault { throw missing("'\(reached)' has no '\(key)'", among: current) }
                reached += ".\(key)"
            case .index(let index):
                value = current[index]
                if value == nil, !hasDefault { throw missing("'\(reached)' has no element \(index)", among: current) }
                reached += "[\(index)]"
            }
        }
        for call in filters {
            if call.filter == .default {
                // An empty text is a value; only what is missing or null is replaced.
                if value == nil || value == .null { value = call.arguments.first ?? "" }
                continue
            }
            guard let present = value else { break }
            do {
                value = try call.filter.apply(to: present, call.arguments)
            } catch {
                throw RenderError(
                    "'\(source)': \(error.message)", at: location, help: error.help)
            }
        }
        guard let value else {
            throw RenderError(
                "no '\(rootName)' here", at: location, help: NearestName.help(for: rootName, among: scope.names))
        }
        return value
    }

    package func text(in scope: RenderScope) throws(RenderError) -> String {
        switch try value(in: scope) {
        case .string(let text): return text
        case .number(let number): return number.literal
        case .bool(let value): return value ? "true" : "false"
        case .null:
            throw RenderError("'\(source)' is null", at: location, help: "say what to write instead: default('text')")
        case .array, .object:
            throw RenderError(
                "'\(source)' is a list or mapping, which has no text", at: location,
                help: "name a part of it, or write it as JSON with the filter json")
        }
    }

    package var rootName: String {
        switch root {
        case .name(let name): name
        case .text(let text): "'\(text)'"
        case .random: "random"
        }
    }

    /// Whether a missing value is allowed.
    package var hasDefault: Bool { filters.contains { $0.filter == .default } }

    private func missing(_ message: String, among value: JSONValue) -> RenderError {
        var help: String?
        if let members = value.objectValue { help = "it has: " + members.keys.sorted().joined(separator: ", ") }
        if let elements = value.arrayValue { help = "it has \(elements.count) elements, counted from 0" }
        return RenderError(message, at: location, help: help ?? "it is \(value.shortDescription)")
    }
}

extension JSONValue {
    /// The value for a message: texts in quotes, long ones cut.
    package var shortDescription: String {
        switch self {
        case .string(let text):
            text.unicodeScalars.count > 60 ? "'\(String(text.unicodeScalars.prefix(57)))…'" : "'\(text)'"
        case .null, .bool, .number: jsonString()
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}
