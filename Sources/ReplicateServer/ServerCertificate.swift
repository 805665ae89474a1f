import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate for the names of this machine, made for one run of a server. Its key is never written down.
struct ServerCertificate: Sendable {
    /// The certificate in PEM, for clients that are to trust it.
    let path: String
    let configuration: TLSConfiguration
    private let folder: String

    /// Makes a certificate and writes it into a folder of its own.
    /// - Throws: ``EmbeddedServerError`` if it cannot be written.
    init() throws {
        let key = P256.Signing.PrivateKey()
        let certificate = try Self.certificate(of: key)
        let text = try certificate.serializeAsPEM().pemString
        configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: Array(text.utf8), format: .pem))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)))
        folder = try TemporaryFolder.make()
        path = "\(folder)/certificate.pem"
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            TemporaryFolder.remove([folder])
            throw EmbeddedServerError("cannot write the certificate '\(path)'; is there space in its folder?")
        }
    }

    /// Deletes the file.
    func remove() {
        TemporaryFolder.remove([folder])
    }

    private static func certificate(of key: P256.Signing.PrivateKey) throws -> Certificate {
        let issuerKey = Certificate.PrivateKey(key)
        let name = try DistinguishedName { CommonName("nightshift embedded server") }
        // A clock that is a little behind accepts it too, and no server runs for a year.
        let now = Date()
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: issuerKey.publicKey,
            notValidBefore: now.addingTimeInterval(-3600), notValidAfter: now.addingTimeInterval(365 * 86_400),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            // It is its own authority, and has all that strict readers want to see of one.
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectKeyIdentifier(hash: issuerKey.publicKey)
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                    .ipAddress(ASN1OctetString(contentBytes: [UInt8](repeating: 0, count: 15) + [1])),
                ])
            },
            issuerPrivateKey: issuerKey)
    }
}
