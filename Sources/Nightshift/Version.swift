import Replicate

/// Of this package.
public enum NightshiftVersion {
    /// By the rules of semantic versioning, such as `0.1.0`; the client's, since both are one package.
    public static let current = Client.version
}
