/// Of this package.
public enum NightshiftVersion {
    /// By the rules of semantic versioning, such as `0.1.0`.
    public static let current = "0.1.0"
}
