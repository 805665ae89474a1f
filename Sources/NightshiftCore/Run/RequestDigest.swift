package import LosslessJSON

/// The digest that says whether two inputs are the same for the provider.
package enum RequestDigest {
    package static func of(_ input: JSONValue) -> String {
        ContentDigest.sha256(input.canonicalBytes())
    }
}
