import NightshiftCore
import Replicate
import ReplicateAPI

/// Brings output files home: resumes what broke off, verifies length, checksum and kind, and never leaves half a file under
/// a final name. The API token is not known here, so it cannot be sent to a delivery host.
struct Downloader: Sendable {
    let transport: any Transport
    let settings: DownloadSettings
    let writer: FileWriter

    private static let maximumRedirects = 5
    /// How often a whole file that is not what it should be is fetched before that is believed.
    private static let looksAtUnfit = 3

    /// Why one try brought no whole file.
    private enum TryFailure: Error {
        /// Trying again cannot help.
        case final(FetchFailure)
        /// Trying again may help, after the wait if the server named one.
        case again(FetchFailure, after: Duration? = nil)
        /// A whole file came that is not what it should be: an error page, nothing at all.
        case unfit(FetchFailure)
    }

    /// What an answer's head promises of the body.
    private enum Begin {
        /// It begins with the first byte of a file that nothing is known of yet.
        case start
        /// It goes on where the bytes before it ended, or has the first part.
        case part
        /// There is nothing after what has come already.
        case end
    }

    func download(_ url: String, to target: OutputTarget) async throws(FetchFailure) -> StoredOutput {
        guard let address = WebAddress(url) else {
            throw .refused("the output is no address that can be fetched; expected https")
        }
        try check(address)

        var transfer = Transfer()
        var (fruitless, unfit) = (0, 0)
        while true {
            let before = transfer.length
            do throws(TryFailure) {
                return try await attempt(&transfer, from: address, to: target)
            } catch {
                var pause = Duration.zero
                switch error {
                case .final(let failure):
                    abandon(transfer)
                    throw failure
                case .unfit(let failure):
                    unfit += 1
                    fruitless += 1
                    guard unfit < Self.looksAtUnfit, !Task.isCancelled else {
                        abandon(transfer)
                        throw failure
                    }
                    transfer.startOver()
                case .again(let failure, let wait):
                    fruitless = transfer.length > before ? 1 : fruitless + 1
                    guard max(fruitless, transfer.restarts) < settings.attempts, !Task.isCancelled else {
                        abandon(transfer)
                        throw failure
                    }
                    pause = wait ?? .zero
                }
                try await self.pause(max(pause, settings.backoff(afterFailures: fruitless)), transfer)
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
        if !transfer.leavesPart { transfer.partial?.remove() }
    }

    private func attempt(
        _ transfer: inout Transfer, from address: WebAddress, to target: OutputTarget
    ) async throws(TryFailure) -> StoredOutput {
        var response = try await send(transfer, to: address)
        var begin = try begin(&transfer, with: response, from: address)
        if begin == .start {
            let adopted = try await onDisk { () throws(FetchFailure) in
                try await transfer.adoptPart(for: target, in: writer.directory)
            }
            if adopted {
                // This answer is given up for one that brings the rest only.
                response = try await send(transfer, to: address)
                begin = try self.begin(&transfer, with: response, from: address)
            }
        }
        while begin != .end {
            try await receive(response, into: &transfer, from: address, to: target)
            guard transfer.wantsMore else { break }
            // Some servers hand out a large file in parts of their own size.
            response = try await send(transfer, to: address)
            begin = try self.begin(&transfer, with: response, from: address)
        }
        return try await finish(&transfer, from: address, to: target)
    }

    // MARK: - The answer's head

    private func send(_ transfer: Transfer, to address: WebAddress) async throws(TryFailure) -> TransportResponse {
        var headers: HeaderFields = ["Accept-Encoding": "identity"]
        if transfer.canResume {
            headers["Range"] = "bytes=\(transfer.length)-"
            if let etag = transfer.entity.etag { headers["If-Range"] = etag }
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
    private func begin(
        _ transfer: inout Transfer, with response: TransportResponse, from address: WebAddress
    ) throws(TryFailure) -> Begin {
        let name = address.textWithoutSecrets
        switch response.status {
        case 200:
            let description = Self.description(of: response, length: response.headers["Content-Length"])
            if let unknown = description.coding.unknown {
                throw .final(
                    .refused("\(name) came compressed by '\(unknown)', which was not asked for and is not known here"))
            }
            transfer.startOver(description)
            return .start
        case 206: return try beginPart(&transfer, with: response, from: name)
        case 403, 404, 410:
            throw .final(.expired)
        case 416:
            if transfer.hasOpenEnd {
                let total = response.headers["Content-Range"].flatMap(ContentRange.refusedTotal)
                if total == nil || total == transfer.length { return .end }
            }
            transfer.startOver()
            throw .again(.corrupt("\(name) is shorter than what came of it before"))
        case 408, 425, 429, 500...599:
            let seconds = response.headers["Retry-After"].flatMap { Int64($0) } ?? 0
            throw .again(
                .unavailable("\(name) answered \(response.status)"), after: .seconds(min(max(seconds, 0), 120)))
        default:
            throw .final(.refused("\(name) answered \(response.status)"))
        }
    }

    private static func description(of response: TransportResponse, length: String?) -> Transfer.Entity {
        let headers = response.headers
        return Transfer.Entity(
            length: length.flatMap { Int64($0) },
            etag: headers["ETag"].flatMap { $0.hasPrefix("\"") ? $0 : nil },
            mediaType: headers["Content-Type"].map(MediaType.withoutParameters),
            coding: ContentCoding(headers["Content-Encoding"]))
    }

    /// A part must say exactly which one it is, and be the one that is missing; else all is fetched again without asking
    /// for parts.
    private func beginPart(
        _ transfer: inout Transfer, with response: TransportResponse, from name: String
    ) throws(TryFailure) -> Begin {
        let headers = response.headers
        let known = transfer.entity
        guard let range = headers["Content-Range"].flatMap(ContentRange.init) else {
            transfer.startOver()
            throw .again(.refused("\(name) answered with a part of the file and does not say which"))
        }
        guard ContentCoding(headers["Content-Encoding"]).isPlain else {
            transfer.startOver()
            throw .again(.refused("\(name) answered with a part of a compressed file, which cannot be unpacked"))
        }
        guard range.first == transfer.resumedFrom else {
            transfer.startOver()
            throw .again(.refused("\(name) answered with another part of the file than asked for"))
        }
        guard transfer.canResume else {
            var description = Self.description(of: response, length: nil)
            description.length = range.total
            transfer.startOver(description)
            transfer.beginWithPart()
            transfer.expect(range)
            return .part
        }
        if let etag = headers["ETag"], let before = known.etag, etag != before {
            transfer.startOver()
            throw .again(.corrupt("\(name) has changed since a part of it came"))
        }
        if let length = known.length, range.total.map({ $0 != length }) ?? (range.end > length) {
            transfer.startOver()
            throw .again(.corrupt("\(name) has another length than when a part of it came"))
        }
        transfer.expect(range)
        return .part
    }

    // MARK: - The body

    private func receive(
        _ response: TransportResponse, into transfer: inout Transfer, from address: WebAddress, to target: OutputTarget
    ) async throws(TryFailure) {
        let name = address.textWithoutSecrets
        let isCoded = !transfer.entity.coding.isPlain
        do {
            let decoder = try ContentDecoder(transfer.entity.coding)
            var hasBegun = false
            for try await chunk in response.body {
                if isCoded {
                    hasBegun = hasBegun || !chunk.isEmpty
                    transfer.receiveEncoded(chunk)
                    var pieces: [[UInt8]] = []
                    try decoder.read(chunk) { pieces.append($0) }
                    for piece in pieces { try await take(piece, into: &transfer, to: target) }
                } else {
                    try await take(chunk, into: &transfer, to: target)
                }
                if transfer.isTooLong {
                    transfer.startOver()
                    throw TryFailure.again(.corrupt("\(name) is longer than it announced"))
                }
            }
            if isCoded, hasBegun, !transfer.isTooShort { try decoder.finish() }
        } catch let failure as TryFailure {
            throw failure
        } catch let failure as FetchFailure {
            throw Self.onDisk(failure)
        } catch let error as GzipError {
            transfer.startOver()
            throw .again(.refused("\(name) came compressed, and cannot be unpacked: \(error.reason)"))
        } catch {
            throw .again(.unavailable("\(name) broke off after \(transfer.length) bytes"))
        }
        if transfer.isTooShort {
            throw .again(.corrupt("\(name) ended after \(transfer.length) bytes; it announced more"))
        }
    }

    private func take(
        _ bytes: [UInt8], into transfer: inout Transfer, to target: OutputTarget
    ) async throws(FetchFailure) {
        transfer.receive(bytes)
        if transfer.buffer.count >= Transfer.bufferSize {
            try await transfer.flush(to: target, in: writer.directory)
        }
    }

    private func finish(
        _ transfer: inout Transfer, from address: WebAddress, to target: OutputTarget
    ) async throws(TryFailure) -> StoredOutput {
        let name = address.textWithoutSecrets
        guard !transfer.isCorrupt else {
            transfer.startOver()
            throw .again(.corrupt("the md5 of what came from \(name) is not the one that its server announced"))
        }
        guard transfer.length > 0 else { throw .unfit(.empty("\(name) is an empty file")) }
        let type: OutputType
        do throws(OutputType.Mismatch) {
            type = try OutputType(
                head: transfer.head, declared: transfer.entity.mediaType,
                name: Self.fileName(of: address, transfer))
        } catch {
            throw .unfit(.refused("what came from \(name) is \(error.reason)"))
        }
        if transfer.partial == nil {
            let content = FileWriter.Content(
                bytes: transfer.buffer, mediaType: type.mediaType, fileExtension: type.fileExtension)
            do throws(FetchFailure) {
                return try await writer.write(at: target) { () throws(FetchFailure) in content }
            } catch {
                throw Self.onDisk(error)
            }
        }
        return try await finishPart(&transfer, as: type, to: target)
    }

    /// The name that the address gives the content.
    private static func fileName(of address: WebAddress, _ transfer: Transfer) -> String {
        let name = address.lastPathComponent
        // What was sent with a compression, and named by it, is not compressed any more.
        let isUnpacked = !transfer.entity.coding.isPlain && !transfer.head.starts(with: [0x1F, 0x8B])
        return isUnpacked && name.lowercased().hasSuffix(".gz") ? String(name.dropLast(3)) : name
    }

    private func finishPart(
        _ transfer: inout Transfer, as type: OutputType, to target: OutputTarget
    ) async throws(TryFailure) -> StoredOutput {
        let directory = writer.directory
        var target = target
        try await onDisk { () throws(FetchFailure) in
            try await transfer.flush(to: target, in: directory)
        }
        guard let partial = transfer.partial else {
            preconditionFailure("a flushed transfer has a part")
        }
        return try await onDisk { () throws(FetchFailure) in
            if let fitting = target.path(withExtension: type.fileExtension) {
                target.path = try await target.move(fitting)
            }
            while true {
                let current = target
                let isDone = try await DiskThreads.run { () throws(FetchFailure) in try partial.finish(for: current) }
                if isDone { break }
                target.path = try await target.move(target.path)
            }
            try await writer.synchronizeFolder(of: target.path)
            return StoredOutput(
                index: target.place, path: target.path, size: partial.length, sha256: partial.hasher.sha256Text,
                mediaType: type.mediaType)
        }
    }

    private func onDisk<Value>(
        _ body: () async throws(FetchFailure) -> Value
    ) async throws(TryFailure) -> Value {
        do throws(FetchFailure) {
            return try await body()
        } catch {
            throw Self.onDisk(error)
        }
    }

    /// What fails on the disk fails again, unless it is only that too many files are open.
    private static func onDisk(_ failure: FetchFailure) -> TryFailure {
        if case .unavailable = failure { return .again(failure) }
        return .final(failure)
    }
}
