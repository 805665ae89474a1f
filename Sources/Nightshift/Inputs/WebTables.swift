import Foundation
import LosslessJSON
import NightshiftCore
import Replicate

/// Fetches the tables that a manifest names by address, and keeps a copy of each, which is fetched again only if the
/// server says that it has changed. No token is ever sent.
struct WebTables {
    let transport: any Transport
    /// Where the copies are kept.
    let folder: String
    /// How large a table may be, in bytes.
    var sizeLimit = 2 << 30
    /// Where datasets are fetched from that are named by `hf://`.
    var datasetBase = "https://huggingface.co"

    private static let maximumRedirects = 5

    /// The copies of all tables that a manifest names by address.
    /// - Throws: ``Diagnostics`` with what is wrong with each.
    func fetch(for manifest: Manifest) async throws(Diagnostics) -> [String: String] {
        var copies: [String: String] = [:]
        var mistakes: [Diagnostic] = []
        for source in manifest.inputs {
            for case .web(let address) in source.kind.places where copies[address] == nil {
                do throws(WebTableError) {
                    copies[address] = try await fetch(address)
                } catch {
                    mistakes.append(
                        Diagnostic(
                            "cannot fetch '\(InputSource.TablePlace.web(address).label)': \(error.reason)",
                            at: source.location, help: error.help))
                }
            }
        }
        guard mistakes.isEmpty else { throw Diagnostics(mistakes) }
        return copies
    }

    // MARK: - One table

    private struct WebTableError: Error {
        var reason: String
        var help: String?
    }

    private func fetch(_ address: String) async throws(WebTableError) -> String {
        let dataset = address.lowercased().hasPrefix(DatasetAddress.scheme) ? try? DatasetAddress(address) : nil
        guard let place = WebAddress(dataset?.url(base: datasetBase) ?? address) else {
            throw WebTableError(reason: "it is no address")
        }
        guard place.scheme == "https" || place.isLoopback else {
            throw WebTableError(reason: "it goes over http", help: "write it with https")
        }
        let copy = "\(folder)/\(ContentDigest.sha256(address.utf8).prefix(32))"
        let known = FileManager.default.fileExists(atPath: copy) ? readMark(copy) : nil
        let response: TransportResponse
        do throws(WebTableError) {
            response = try await send(to: place, mark: known)
        } catch {
            throw withRemedy(error, copy)
        }
        switch response.status {
        case 200: break
        case 304 where known != nil: return copy
        case 401 where dataset != nil, 403 where dataset != nil:
            throw WebTableError(
                reason: "the server answered \(response.status)",
                help: "the dataset may be private or gated, and no token is sent; download the file, and name that")
        default: throw withRemedy(WebTableError(reason: "the server answered \(response.status)"), copy)
        }
        do throws(WebTableError) {
            try await receive(response, as: copy)
        } catch {
            throw withRemedy(error, copy)
        }
        return copy
    }

    /// What was fetched before could be out of date, so it is not taken silently.
    private func withRemedy(_ error: WebTableError, _ copy: String) -> WebTableError {
        guard error.help == nil, FileManager.default.fileExists(atPath: copy) else { return error }
        return WebTableError(
            reason: error.reason, help: "what was fetched last is in \(copy); name that file to go on with it")
    }

    private func send(to place: WebAddress, mark: String?) async throws(WebTableError) -> TransportResponse {
        var headers: HeaderFields = ["Accept-Encoding": "identity", "User-Agent": "nightshift"]
        if let mark { headers["If-None-Match"] = mark }
        var place = place
        let mayStay = place.isLoopback
        for _ in 0...WebTables.maximumRedirects {
            let request = TransportRequest(url: place.text, headers: headers)
            let response: TransportResponse
            do throws(TransportError) {
                response = try await transport.send(request)
            } catch {
                throw WebTableError(reason: error.message)
            }
            guard [301, 302, 303, 307, 308].contains(response.status) else { return response }
            guard let next = response.headers["Location"].flatMap(place.following) else {
                throw WebTableError(reason: "the server redirects to nowhere")
            }
            guard next.scheme == "https" || (mayStay && next.isLoopback) else {
                throw WebTableError(reason: "the server redirects to \(next.textWithoutSecrets), which is not https")
            }
            place = next
        }
        throw WebTableError(reason: "the server redirects in circles")
    }

    private func receive(_ response: TransportResponse, as copy: String) async throws(WebTableError) {
        let part = copy + ".part"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // What lies there is removed and not written to: it may be a link to another file.
            try? FileManager.default.removeItem(atPath: part)
            try Data().write(to: URL(filePath: part), options: .withoutOverwriting)
            let file = try FileHandle(forWritingTo: URL(filePath: part))
            defer { try? file.close() }
            var size = 0
            for try await chunk in response.body {
                size += chunk.count
                guard size <= sizeLimit else {
                    throw WebTableError(
                        reason: "it is larger than \(sizeLimit >> 20) MB", help: "download it, and name the file")
                }
                try file.write(contentsOf: chunk)
            }
            try file.synchronize()
            // The mark goes first and comes last: it never stands beside another content.
            try? FileManager.default.removeItem(atPath: copy + ".json")
            guard rename(part, copy) == 0 else { throw CocoaError(.fileWriteUnknown) }
            if let mark = response.headers["ETag"] {
                try Data(JSONValue.object(["etag": .string(mark)]).jsonString().utf8)
                    .write(to: URL(filePath: copy + ".json"), options: .atomic)
            }
        } catch let error as WebTableError {
            try? FileManager.default.removeItem(atPath: part)
            throw error
        } catch let error as TransportError {
            try? FileManager.default.removeItem(atPath: part)
            throw WebTableError(reason: error.message)
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            throw WebTableError(reason: "the copy cannot be written: \(ErrorReason.of(error))")
        }
    }

    private func readMark(_ copy: String) -> String? {
        guard let data = FileManager.default.contents(atPath: copy + ".json"), data.count < 10_000,
            let mark = try? JSONValue(parsing: String(decoding: data, as: UTF8.self))
        else { return nil }
        return mark["etag"]?.stringValue
    }
}
