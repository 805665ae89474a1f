import NightshiftCore
import Replicate
import ReplicateAPI

/// Brings output files home: resumes what broke off, verifies length and checksum, and never leaves half a file under
/// a final name. The API token is not known here, so it cannot be sent to a delivery host.
struct Downloader: Sendable {
    let transport: any Transport
    let settings: DownloadSettings
    let writer: FileWriter

    private static let maximumRedirects = 5

    /// Why one try brought no whole file.
    private enum TryFailure: Error {
        /// Trying again cannot help.
        case final(FetchFailure)
        /// Trying again may help, after the wait if the server named one.
        case again(FetchFailure, after: Duration? = nil)
    }

    func download(_ url: String, index: Int, to relativePath: String) async throws(FetchFailure) -> StoredOutput {
        guard let address = WebAddress(url) else {
            throw .refused("the output is no address that can be fetched; expected https")
        }
        try check(address)

        var transfer = Transfer()
        var fruitless = 0
        while true {
            let before = transfer.length
            do throws(TryFailure) {
                return try await attempt(&transfer, from: address, index: index, to: relativePath)
            } catch {
                switch error {
                case .final(let failure):
                    abandon(transfer)
                    throw failure
                case .again(let failure, let wait):
                    fruitless = transfer.length > before ? 1 : fruitless + 1
                    guard max(fruitless, transfer.restarts) < settings.attempts, !Task.isCancelled else {
                        abandon(transfer)
                        throw failure
                    }
                    try await pause(max(wait ?? .zero, settings.backoff(afterFailures: fruitless)), transfer)
                }
            }
        }
    }

    private func pause(_ duration: Duration, _ transfer: Transfer) async throws(FetchFailure) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            abandon(transfer)
            throw .unavailable("the download was canceled")
        }
    }

    /// Leaves a part on the disk only if another process can resume it.
    private func abandon(_ transfer: Transfer) {
        if transfer.description.md5 == nil { transfer.partial?.remove() }
    }

    private func attempt(
        _ transfer: inout Transfer, from address: WebAddress, index: Int, to relativePath: String
    ) async throws(TryFailure) -> StoredOutput {
        var response = try await send(transfer, to: address)
        if try begin(&transfer, with: response, from: address) {
            let adopted = try await onDisk { () throws(FetchFailure) in
                try await transfer.adoptPart(at: relativePath, in: writer.directory)
            }
            if adopted {
                // This answer is given up for one that brings the rest only.
                response = try await send(transfer, to: address)
                _ = try begin(&transfer, with: response, from: address)
            }
        }
        try await receive(response, into: &transfer, from: address, to: relativePath)
        return try await finish(&transfer, from: address, index: index, to: relativePath)
    }

    // MARK: - The answer's head

    private func send(_ transfer: Transfer, to address: WebAddress) async throws(TryFailure) -> TransportResponse {
        var headers: HeaderFields = ["Accept-Encoding": "identity"]
        if transfer.canResume, let etag = transfer.description.etag {
            headers["Range"] = "bytes=\(transfer.length)-"
            headers["If-Range"] = etag
        }
        var address = address
        for _ in 0...Downloader.maximumRedirects {
            let request = TransportRequest(
                method: "GET", url: address.text, headers: headers, body: .none, timeout: settings.timeout)
            let response: TransportResponse
            do throws(TransportError) {
                response = try await transport.send(request)
            } catch {
                throw .again(.unavailable("cannot fetch \(address.textWithoutSecrets): \(error.message)"))
            }
            guard [301, 302, 303, 307, 308].contains(response.status) else { return response }
            guard let next = response.headers["Location"].flatMap(address.following) else {
                throw .again(.unavailable("\(address.textWithoutSecrets) redirects to nowhere"))
            }
            do throws(FetchFailure) { try check(next) } catch { throw .final(error) }
            address = next
        }
        throw .final(.refused("\(address.textWithoutSecrets) redirects in circles"))
    }

    /// Files go over https, or over http on this machine when the provider is there; redirects, too.
    private func check(_ address: WebAddress) throws(FetchFailure) {
        if address.scheme == "https" || (settings.allowsLoopback && address.isLoopback) { return }
        throw .refused("will not fetch \(address.textWithoutSecrets): expected https")
    }

    /// Makes the transfer ready for the body of an answer.
    /// - Returns: whether the body begins with the first byte of a file that nothing is known of yet.
    private func begin(
        _ transfer: inout Transfer, with response: TransportResponse, from address: WebAddress
    ) throws(TryFailure) -> Bool {
        let headers = response.headers
        let name = address.textWithoutSecrets
        switch response.status {
        case 200:
            if let encoding = headers["Content-Encoding"], encoding.lowercased() != "identity" {
                throw .again(.corrupt("\(name) came compressed by '\(encoding)', which was not asked for"))
            }
            transfer.startOver(
                Transfer.Description(
                    length: headers["Content-Length"].flatMap { Int64($0) },
                    etag: headers["ETag"].flatMap { $0.hasPrefix("\"") ? $0 : nil },
                    mediaType: headers["Content-Type"].map(MediaType.withoutParameters)))
            return true
        case 206:
            guard let range = headers["Content-Range"].flatMap(ContentRange.init), range.first == transfer.length,
                range.total == nil || transfer.description.length == nil || range.total == transfer.description.length
            else {
                transfer.startOver()
                throw .again(.corrupt("\(name) answered with another part of the file than asked for"))
            }
            if let known = transfer.description.etag, let etag = headers["ETag"], etag != known {
                transfer.startOver()
                throw .again(.corrupt("\(name) has changed since a part of it came"))
            }
            return false
        case 403, 404, 410:
            throw .final(.expired)
        case 416:
            transfer.startOver()
            throw .again(.corrupt("\(name) is shorter than what came of it before"))
        case 408, 425, 429, 500...599:
            let seconds = headers["Retry-After"].flatMap { Int64($0) } ?? 0
            throw .again(
                .unavailable("\(name) answered \(response.status)"), after: .seconds(min(max(seconds, 0), 120)))
        default:
            throw .final(.refused("\(name) answered \(response.status)"))
        }
    }

    // MARK: - The body

    private func receive(
        _ response: TransportResponse, into transfer: inout Transfer, from address: WebAddress, to relativePath: String
    ) async throws(TryFailure) {
        let name = address.textWithoutSecrets
        do {
            for try await chunk in response.body {
                transfer.receive(chunk)
                if transfer.isTooLong {
                    transfer.startOver()
                    throw TryFailure.again(.corrupt("\(name) is longer than it announced"))
                }
                if transfer.buffer.count >= Transfer.bufferSize {
                    try await transfer.flush(to: relativePath, in: writer.directory)
                }
            }
        } catch let failure as TryFailure {
            throw failure
        } catch let failure as FetchFailure {
            throw .final(failure)
        } catch {
            throw .again(.unavailable("\(name) broke off after \(transfer.length) bytes"))
        }
        if transfer.isTooShort {
            throw .again(.corrupt("\(name) ended after \(transfer.length) bytes; it announced more"))
        }
    }

    private func finish(
        _ transfer: inout Transfer, from address: WebAddress, index: Int, to relativePath: String
    ) async throws(TryFailure) -> StoredOutput {
        let description = transfer.description
        let mediaType = description.mediaType ?? MediaType.ofFile(named: relativePath)
        if transfer.partial == nil {
            let content = FileWriter.Content(bytes: transfer.buffer, mediaType: mediaType, md5: description.md5)
            do throws(FetchFailure) {
                return try await writer.write(index: index, at: relativePath) { () throws(FetchFailure) in content }
            } catch {
                if case .corrupt = error {
                    transfer.startOver()
                    throw .again(error)
                }
                throw .final(error)
            }
        }
        return try await finishPart(&transfer, index: index, to: relativePath, mediaType: mediaType)
    }

    private func finishPart(
        _ transfer: inout Transfer, index: Int, to relativePath: String, mediaType: String
    ) async throws(TryFailure) -> StoredOutput {
        let directory = writer.directory
        try await onDisk { () throws(FetchFailure) in
            try await transfer.flush(to: relativePath, in: directory)
        }
        guard let partial = transfer.partial else {
            preconditionFailure("a flushed transfer has a part")
        }
        if let md5 = transfer.description.md5, partial.hasher.md5Text != md5 {
            transfer.startOver()
            throw .again(.corrupt("the md5 of '\(relativePath)' is not the one that its server announced"))
        }
        return try await onDisk { () throws(FetchFailure) in
            let stored = try await DiskThreads.run { () throws(FetchFailure) in
                try partial.finish()
                return StoredOutput(
                    index: index, path: relativePath, size: partial.length, sha256: partial.hasher.sha256Text,
                    mediaType: mediaType)
            }
            try await writer.synchronizeFolder(of: relativePath)
            return stored
        }
    }

    /// What fails on the disk fails again.
    private func onDisk<Value>(
        _ body: () async throws(FetchFailure) -> Value
    ) async throws(TryFailure) -> Value {
        do throws(FetchFailure) {
            return try await body()
        } catch {
            throw .final(error)
        }
    }
}

/// The value of a `Content-Range` header: `bytes 100-199/200`, or `/*` when the total is not told.
private struct ContentRange {
    var first: Int64
    var total: Int64?

    init?(_ text: String) {
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/")
        guard parts.count == 2, let first = parts[0].split(separator: "-").first.flatMap({ Int64($0) }) else {
            return nil
        }
        self.first = first
        total = Int64(parts[1])
    }
}
