import Foundation
import Nightshift
import NightshiftCore
import Replicate

/// How downloads go wrong when a bug is planted in them.
extension NightPlayer {
    func spoiled(_ item: ItemID, _ attempt: Int, _ order: OutputJob) async -> RunEvent {
        guard let checkpointer else { return .fetchFailed(item, attempt: attempt, .unavailable("the session is over")) }
        if night.bug == .succeedsTooEarly {
            let stored = zip(order.plan?.outputs ?? [], order.paths).map { planned, path in
                StoredOutput(index: planned.index, path: path, size: 1, sha256: "", mediaType: nil)
            }
            // The download goes on after its end was told.
            _ = try? await outputs.store(order, in: checkpointer)
            return .fetched(item, attempt: attempt, stored)
        }
        for (planned, path) in zip(order.plan?.outputs ?? [], order.paths) {
            guard case .file(let url) = planned.content else { continue }
            do {
                try FileManager.default.createDirectory(atPath: outputFolder, withIntermediateDirectories: true)
                let response = try await delivery.send(TransportRequest(url: url))
                let target = URL(filePath: "\(outputFolder)/\(path)")
                guard response.status == 200 else { continue }
                try Data().write(to: target)
                let handle = try FileHandle(forWritingTo: target)
                for try await bytes in response.body { try handle.write(contentsOf: bytes) }
                try handle.close()
            } catch {
                return .fetchFailed(item, attempt: attempt, .unavailable("\(error)"))
            }
        }
        do throws(FetchFailure) {
            return .fetched(item, attempt: attempt, try await outputs.store(order, in: checkpointer))
        } catch {
            return .fetchFailed(item, attempt: attempt, error)
        }
    }
}
