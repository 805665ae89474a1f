import Foundation
import Nightshift
import NightshiftCore

/// Where the account's token comes from. The environment's variable wins, because it is the nearest to the command; files keep it
/// out of units, crontabs and the lists of processes.
struct TokenSource: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        /// `REPLICATE_API_TOKEN`.
        case variable
        /// `REPLICATE_API_TOKEN_FILE`.
        case file(String)
        /// `replicate_api_token` in systemd's `CREDENTIALS_DIRECTORY`, as `LoadCredential=` puts it there.
        case credential(String)
    }

    var place: Place?
    var token: String?
    /// Why a file that was named gives none.
    var problem: String?

    static let variable = "REPLICATE_API_TOKEN"
    static let fileVariable = "REPLICATE_API_TOKEN_FILE"
    static let credentialName = "replicate_api_token"

    /// No token is longer; whoever names another file by mistake reads none of it.
    private static let longest = 4096

    init(_ value: (String) -> String?) {
        if let token = value(Self.variable) {
            self.token = token
            place = .variable
        } else if let path = value(Self.fileVariable) {
            read(path, as: .file(path), isRequired: true)
        } else if let folder = value("CREDENTIALS_DIRECTORY") {
            let path = "\(folder)/\(Self.credentialName)"
            // A unit may have credentials that are not for this program.
            read(path, as: .credential(path), isRequired: false)
        }
    }

    private mutating func read(_ path: String, as place: Place, isRequired: Bool) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            guard isRequired || access(path, F_OK) == 0 else { return }
            self.place = place
            problem = "cannot read the token's file '\(path)': \(ErrorReason.text(of: errno))"
            return
        }
        defer { try? handle.close() }
        self.place = place
        let bytes = (try? handle.read(upToCount: Self.longest + 1)) ?? Data()
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if bytes.count > Self.longest || text.contains(where: \.isWhitespace) {
            problem = "'\(path)' is no file of a token; it should hold the token alone"
        } else if text.isEmpty {
            problem = "the token's file '\(path)' is empty"
        } else {
            token = text
        }
    }
}
