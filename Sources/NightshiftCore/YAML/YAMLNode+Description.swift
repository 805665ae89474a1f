import LosslessJSON

extension YAMLNode {
    /// What is there, for messages: "'many'", "3", "a list".
    package var found: String {
        switch content {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return "nothing"
            case .bool, .number, .unusable: return scalar.text
            case .text(let text): return JSONValue.string(text).shortDescription
            }
        }
    }
}
