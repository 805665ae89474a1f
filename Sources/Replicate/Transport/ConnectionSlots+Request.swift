extension ConnectionSlots {
    /// Waits for the place of a request, as long as it says.
    func lease(for request: TransportRequest) async throws(TransportError) -> ConnectionLease {
        let origin = URLOrigin.text(of: request.url)
        let lane = Lane(
            origin: request.url.prefix { $0 != ":" }.lowercased() + "://" + origin.lowercased(),
            isLongLived: request.isLongLived)
        do throws(Refusal) {
            if let waiting = request.waiting, !waiting.begin() { throw Refusal.canceled }
            let lease = try await lease(lane, within: request.connectionWait)
            if let waiting = request.waiting, !waiting.end() {
                lease.release()
                throw Refusal.canceled
            }
            return lease
        } catch {
            switch error {
            case .canceled:
                throw TransportError(
                    .canceled, delivery: .notSent, message: "the request to \(origin) was canceled before it was sent")
            case .expired:
                let setting = lane.isLongLived ? "maximumLongConnections" : "maximumConnections"
                throw TransportError(
                    .timeout, delivery: .notSent,
                    message: "no connection to \(origin) became free in \(request.connectionWait ?? .zero), since all "
                        + "\(limit(of: lane)) were in use; make fewer calls at a time, or set \(setting) of the "
                        + "transport higher")
            }
        }
    }
}
