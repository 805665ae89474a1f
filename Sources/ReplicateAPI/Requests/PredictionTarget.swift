/// What a prediction is made with; it decides the path of the create.
public enum PredictionTarget: Hashable, Sendable {
    /// A version by its id, as community models need it.
    case version(String)
    /// An official model, which runs by its name. Other models answer 404 here.
    case model(owner: String, name: String)
    /// A deployment of the account, or of an organization.
    case deployment(owner: String, name: String)

    /// The target that a reference names: its version if it has one, else the official model.
    public init(_ reference: ModelReference) {
        if let version = reference.version {
            self = .version(version)
        } else {
            self = .model(owner: reference.owner, name: reference.name)
        }
    }

    /// The target that a text names: `owner/name`, `owner/name:version` or the id of a version alone.
    public init(parsing text: String) throws(ModelReferenceError) {
        if ModelReference.isVersionID(text) {
            self = .version(text)
        } else {
            self.init(try ModelReference(parsing: text))
        }
    }

    /// The path of the create below the API's base.
    public var path: String {
        switch self {
        case .version: "/predictions"
        case .model(let owner, let name):
            "/models/\(PathSegment.encode(owner))/\(PathSegment.encode(name))/predictions"
        case .deployment(let owner, let name):
            "/deployments/\(PathSegment.encode(owner))/\(PathSegment.encode(name))/predictions"
        }
    }
}

/// Text on its way into a path or query.
public enum PathSegment {
    /// The text with everything but letters, digits and `-._~` percent-encoded, so that no name can leave its segment.
    public static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            // A name that is all dots would be taken for a step up.
            case UInt8(ascii: ".") where text != "." && text != "..": bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 0xF)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
