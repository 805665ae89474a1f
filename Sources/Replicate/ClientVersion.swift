extension Client {
    /// The version of this package, by the rules of semantic versioning: the one place that it is written in. The user agent, the
    /// executable, its packages and its stores take it from here; `Scripts/package.sh` reads this line.
    public static let version = "0.1.0"
}
