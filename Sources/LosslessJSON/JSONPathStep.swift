/// One step into a JSON value.
public enum JSONPathStep: Hashable, Sendable {
    /// To the member of an object.
    case key(String)
    /// To the element of an array, counted from 0.
    case index(Int)
}

extension JSONPathStep {
    /// The steps as a JSON array of texts and numbers, as they are stored and hashed.
    public static func json(_ pointer: [JSONPathStep]) -> JSONValue {
        .array(
            pointer.map { step in
                switch step {
                case .key(let key): .string(key)
                case .index(let index): .number(JSONNumber(index))
                }
            }
        )
    }

    /// Reads what ``json(_:)`` wrote; `nil` for anything else.
    public static func pointer(from json: JSONValue) -> [JSONPathStep]? {
        guard let elements = json.arrayValue else { return nil }
        var steps: [JSONPathStep] = []
        for element in elements {
            if let key = element.stringValue {
                steps.append(.key(key))
            } else if let index = element.intValue {
                steps.append(.index(index))
            } else {
                return nil
            }
        }
        return steps
    }
}

extension JSONValue {
    /// The value at a place, or `nil` if there is no such place.
    public func value(at pointer: some Collection<JSONPathStep>) -> JSONValue? {
        var value: JSONValue? = self
        for step in pointer {
            switch step {
            case .key(let key): value = value?[key]
            case .index(let index): value = value?[index]
            }
        }
        return value
    }

    /// The value with `replacement` at the place that the steps lead to; unchanged if they lead nowhere.
    public func replacing(at pointer: some Collection<JSONPathStep>, with replacement: JSONValue) -> JSONValue {
        guard let step = pointer.first else { return replacement }
        let rest = pointer.dropFirst()
        switch (step, self) {
        case (.key(let key), .object(var members)):
            guard let member = members[key] else { return self }
            members[key] = member.replacing(at: rest, with: replacement)
            return .object(members)
        case (.index(let index), .array(var elements)):
            guard elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(at: rest, with: replacement)
            return .array(elements)
        default:
            return self
        }
    }
}
