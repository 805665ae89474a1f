import LosslessJSON
import Nightshift
import NightshiftCore
import ReplicateAPI

/// What becomes of the machine's actions.
extension NightPlayer {
    /// Sends what an action asks for.
    /// - Parameter decidedAt: when the machine took it from its rate.
    func begin(_ action: RunAction, decidedAt: Int64) async {
        note("  → \(describe(action))")
        let isCut = night.isInForce(.outage, at: now)
        switch action {
        case .prepare(let item, let input, let files):
            if chance.strikes(.uploadFails, item.index) {
                answer(.prepareFailed(item, ProviderError(.unavailable, "503")), item.index)
                return
            }
            let input = files.reduce(input) { $0.replacing(at: $1.pointer, with: "data:text/plain;base64,QUJD") }
            answer(.prepared(item, input: input, requestDigest: RequestDigest.of(input)), item.index)
        case .create(let item, _, _, let attempt, _):
            figures.creates += 1
            audit.decidedCreate(of: item.index, at: decidedAt, ours: SimulatedAPI.time(decidedAt + offset))
            if isCut || chance.strikes(.notSent, item.index) {
                answer(.createFailed(item, attempt: attempt, ProviderError(.notSent, "connection refused")), item.index)
            } else if chance.strikes(.lostBefore, item.index) {
                answer(lost(item, attempt), item.index)
            } else {
                send(.create(item, attempt: attempt, action), item.index)
            }
        case .read(let item, let id):
            figures.reads += 1
            audit.decidedRead(at: decidedAt)
            send(.read(item, id: id), item.index)
        case .pollList(let query):
            figures.reads += 1
            audit.decidedRead(at: decidedAt)
            send(.pollList(query), 0)
        case .searchLostCreates(let query, let search):
            figures.reads += 1
            audit.decidedRead(at: decidedAt)
            send(.searchLostCreates(query, search), 0)
        case .examine(let id, let search):
            figures.reads += 1
            audit.decidedRead(at: decidedAt)
            send(.examine(id: id, search), 0)
        case .fetch(let item, _, let attempt, _):
            switch await order(for: action) {
            case .success(let order):
                var time = chance.time(5...500, .serverTime, item.index)
                if chance.strikes(.slowDownload, item.index) { time += chance.time(20_000...300_000, .lag, item.index) }
                if night.bug == .downloadsLast { time += 4_200_000 }
                queue.schedule(.downloaded(session: session, item, attempt: attempt, order), at: now + time)
            case .failure(let failure): answer(.fetchFailed(item, attempt: attempt, failure), item.index)
            case nil: break
            }
        case .checkProvider:
            figures.reads += 2
            audit.decidedRead(at: decidedAt)
            send(.checkProvider, 0)
        case .checkAbsence(let item, let id, let witness):
            figures.reads += 5
            audit.decidedRead(at: decidedAt)
            send(.checkAbsence(item, id: id, witness: witness), item.index)
        case .cancel(let id): send(.cancel(id: id), 0)
        case .share(let item, _, _, let files, let directory):
            guard let checkpointer else { return }
            let order = takeOrder(of: item)
            guard night.bug != .copiesNothing else {
                let stored = zip(files, order?.paths ?? files.map(\.path)).map { file, path in
                    StoredOutput(
                        index: file.index, path: path, size: file.size, sha256: file.sha256, mediaType: nil)
                }
                answer(.shared(item, stored), item.index)
                return
            }
            answer(.shared(item, await outputs.copy(files, from: directory, order, in: checkpointer)), item.index)
        case .judgeCanary: answer(.canaryJudged(goesOn: night.agreesToRest), 0, after: chance.time(0...60_000, .lag))
        }
    }

    func send(_ request: Request, _ item: Int) {
        queue.schedule(.arrives(session: session, request), at: now + chance.time(5...400, .latency, item))
    }

    func answer(_ event: RunEvent, _ item: Int, session: Int? = nil, after wait: Int64 = 0) {
        let time = wait + chance.time(5...400, .latency, item)
        queue.schedule(.answer(session: session ?? self.session, isCutOff(event, at: now + time)), at: now + time)
    }

    private func lost(_ item: ItemID, _ attempt: Int, by loss: CreateLoss = .broken) -> RunEvent {
        .createFailed(item, attempt: attempt, ProviderError(.unknownOutcome, "the connection broke", loss: loss))
    }

    /// What is heard instead of an answer when the network is gone.
    private func isCutOff(_ event: RunEvent, at instant: Int64) -> RunEvent {
        guard night.isInForce(.outage, at: instant) else { return event }
        let error = ProviderError(.unavailable, "the network is unreachable")
        switch event {
        case .created(let item, let attempt, _, _): return lost(item, attempt)
        case .createFailed(let item, let attempt, let failure) where failure.code != .notSent:
            // What has been waited for in vain is told by nobody.
            return failure.code == .unknownOutcome ? event : lost(item, attempt)
        case .read(let item, _), .readFailed(let item, _): return .readFailed(item, error)
        case .polled, .pollFailed: return .pollFailed(error)
        case .listed, .listFailed: return .listFailed(error)
        case .examined(let id, _), .examineFailed(let id, _): return .examineFailed(predictionID: id, error)
        case .providerChecked:
            return .providerChecked(ProviderCheck(account: .failed(error.message), list: .failed(error.message)))
        case .absenceChecked(let item, let check):
            return .absenceChecked(
                item, AbsenceCheck(prediction: .failed(error), witness: nil, provider: check.provider))
        default: return event
        }
    }

    // MARK: - At the provider

    func arrive(_ request: Request, session: Int) async {
        if let end = night.end(of: .frozen, at: now), freeze(request, until: end, session: session) { return }
        switch request {
        case .create(let item, let attempt, let action): arrive(item, attempt, action, session: session)
        case .read(let item, let id):
            if let error = readError(item.index) {
                answer(.readFailed(item, error), item.index, session: session)
            } else if let prediction = api.prediction(id, at: now) {
                answerRead(.read(item, prediction), item.index, session: session)
            } else {
                let error = ProviderError(.notFound, "404 The requested resource could not be found.")
                answer(.readFailed(item, error), item.index, session: session)
            }
        case .pollList(let query):
            if let error = readError(-1) { return answer(.pollFailed(error), 0, session: session) }
            if chance.strikes(.brokenPoll) {
                return answer(.pollFailed(ProviderError(.unavailable, "503")), 0, session: session)
            }
            var rows = page(of: query)
            rows.removeAll { _ in chance.strikes(.holedList) }
            let wait = chance.strikes(.slowAnswer, -1) ? chance.time(1_000...30_000, .lag, -1) : 0
            answer(.polled(rows), 0, session: session, after: wait)
        case .searchLostCreates(let query, let search):
            if let error = readError(-2) { return answer(.listFailed(error), 0, session: session) }
            guard session == self.session, let checkpointer else { return }
            let rows = page(of: query)
            let candidates = search.candidates(among: rows)
            do throws(ProviderError) {
                let unclaimed = night.bug == .adoptsTheKnown ? candidates : try await checkpointer.unclaimed(candidates)
                answer(.listed(ListPage(rows, candidates: unclaimed)), 0, session: session)
            } catch {
                answer(.listFailed(error), 0, session: session)
            }
        case .examine(let id, let search):
            if let error = readError(-2) {
                return answer(.examineFailed(predictionID: id, error), 0, session: session)
            }
            guard let prediction = api.prediction(id, at: now) else {
                let error = ProviderError(.notFound, "404")
                return answer(.examineFailed(predictionID: id, error), 0, session: session)
            }
            let found = search.candidates(among: [prediction]).first
            answer(.examined(predictionID: id, found), 0, session: session)
        case .cancel(let id): api.cancel(id, at: now)
        case .checkProvider: answer(.providerChecked(providerCheck()), 0, session: session)
        case .checkAbsence(let item, let id, let witness):
            let check = AbsenceCheck(
                prediction: look(for: id), witness: witness.map { look(for: $0) }, provider: providerCheck())
            answer(.absenceChecked(item, check), item.index, session: session)
        case .adopt(let key, let id, let ticket):
            answer(.control(search(id, for: key, ticket)), -5, session: session)
        }
    }

    /// What the list shows of a part of it; it has one page.
    private func page(of query: ListQuery) -> [Prediction] {
        let before = night.rates[.uncutList] == nil ? query.createdBefore : nil
        let rows = api.list(after: query.createdAfter, before: before, at: now)
        guard night.rates[.bareList] != nil else { return rows }
        return rows.compactMap { row in
            let members = row.json.objectValue?.filter { !["input", "output"].contains($0.key) }
            return try? Prediction(json: .object(members ?? [:]))
        }
    }

    /// How long we wait for an answer.
    private static let patience: Int64 = 30_000

    /// A provider that stands still takes a request and works on it when it goes on; we may not wait for it.
    /// - Returns: whether it is done with for now.
    private func freeze(_ request: Request, until end: Int64, session: Int) -> Bool {
        let isHeard = end - now < Self.patience
        let later = end + chance.time(1...400, .latency)
        let error = ProviderError(.unavailable, "no answer in time")
        switch request {
        case .create(let item, let attempt, _):
            note("    it stands still, and item-\(item.index + 1) waits")
            // Nobody listens to the answer any more.
            queue.schedule(.arrives(session: isHeard ? session : -1, request), at: later)
            if !isHeard {
                answer(lost(item, attempt, by: .timedOut), item.index, session: session, after: Self.patience)
            }
            return true
        case _ where !night.freezesReads: return false
        case .read(let item, _) where !isHeard:
            answer(.readFailed(item, error), 0, session: session, after: Self.patience)
        case .pollList where !isHeard: answer(.pollFailed(error), 0, session: session, after: Self.patience)
        case .searchLostCreates where !isHeard: answer(.listFailed(error), 0, session: session, after: Self.patience)
        case .examine(let id, _) where !isHeard:
            answer(.examineFailed(predictionID: id, error), 0, session: session, after: Self.patience)
        default: queue.schedule(.arrives(session: session, request), at: later)
        }
        return true
    }

    private func look(for id: String) -> AbsenceCheck.Answer {
        if let error = readError(-3) { return error.code == .notFound ? .missing : .failed(error) }
        return api.prediction(id, at: now).map(AbsenceCheck.Answer.found) ?? .missing
    }

    private func providerCheck() -> ProviderCheck {
        let answer = readError(-4).map { ProviderCheck.Answer.failed($0.message) } ?? .answered
        return ProviderCheck(account: answer, list: answer)
    }

    func readError(_ item: Int) -> ProviderError? {
        if night.isInForce(.outage, at: now) { return ProviderError(.unavailable, "the network is unreachable") }
        if let error = night.gatewayError(at: now) { return error }
        if night.isInForce(.revoked, at: now) {
            return ProviderError(.unauthorized, "401 You did not pass a valid authentication token")
        }
        if chance.strikes(.brokenRead, item) { return ProviderError(.unavailable, "503") }
        guard chance.strikes(.throttledRead, item) else { return nil }
        return ProviderError(.throttled, "429", retryAfter: .seconds(chance.time(1...20, .retryAfter, item)))
    }

    private func answerRead(_ event: RunEvent, _ item: Int, session: Int) {
        let wait = chance.strikes(.slowAnswer, item) ? chance.time(1_000...30_000, .lag, item) : 0
        answer(event, item, session: session, after: wait)
        if chance.strikes(.repeatedAnswer, item) {
            answer(event, item, session: session, after: wait + chance.time(100...60_000, .lag, item))
        }
    }

    func arrive(_ item: ItemID, _ attempt: Int, _ action: RunAction, session: Int) {
        guard case .create(_, _, _, _, let input) = action else { return }
        if let error = api.refusal(item: item.index, at: now, &chance) {
            return answer(.createFailed(item, attempt: attempt, error), item.index, session: session)
        }
        let cancelAfter = night.settings.steps[0].cancelAfter?.milliseconds
        let remote = api.accept(item: item.index, input: input, cancelAfter: cancelAfter, at: now, &chance)
        note("    \(remote.id) is accepted for item-\(item.index + 1)")
        audit.accepted(remote, among: api.remotes, at: now)
        if chance.strikes(.lostAfter, item.index) {
            return answer(lost(item, attempt), item.index, session: session)
        }
        if chance.strikes(.timedOutAfter, item.index) {
            return answer(lost(item, attempt, by: .timedOut), item.index, session: session, after: 60_000)
        }
        if night.settings.isNotified {
            queue.schedule(.calls(id: remote.id), at: remote.endsAt + chance.time(5...400, .latency, item.index))
        }
        let wait = Swift.min(night.wait ?? 0, Swift.max(0, remote.endsAt - now))
        queue.schedule(.tells(session: session, item, attempt: attempt, id: remote.id), at: now + wait)
    }

    // MARK: - Downloads

    func download(_ item: ItemID, _ attempt: Int, _ order: OutputJob) async -> RunEvent {
        if night.isInForce(.outage, at: now) {
            return .fetchFailed(item, attempt: attempt, .unavailable("the network is unreachable"))
        }
        if chance.strikes(.fullDisk, item.index) {
            return .fetchFailed(item, attempt: attempt, .disk("cannot write: no space left on device"))
        }
        arrangeDelivery(order, item.index)
        if night.bug == .writesInPlace || night.bug == .succeedsTooEarly {
            return await spoiled(item, attempt, order)
        }
        guard let checkpointer else { return .fetchFailed(item, attempt: attempt, .unavailable("the session is over")) }
        do throws(FetchFailure) {
            let files = try await outputs.store(order, in: checkpointer)
            if chance.strikes(.brokenCheck, item.index) { throw .check("the check is not there") }
            if isRefused(order) {
                let kept = try OutputFolder(directory: outputFolder).reject(files.map(\.path), attempt: attempt)
                throw .notAccepted("it is not accepted", kept: kept)
            }
            return .fetched(item, attempt: attempt, files)
        } catch {
            return .fetchFailed(item, attempt: attempt, error)
        }
    }

    private func isRefused(_ order: OutputJob) -> Bool {
        (order.plan?.outputs ?? []).contains { planned in
            guard case .file(let url) = planned.content, let (name, _) = SimulatedFiles.name(of: url),
                let id = name.split(separator: "-").first
            else { return false }
            return api[String(id)]?.isRefused ?? false
        }
    }

    private func arrangeDelivery(_ order: OutputJob, _ item: Int) {
        var gone: Set<String> = []
        var mishaps: [SimulatedDelivery.Mishap?] = []
        for planned in order.plan?.outputs ?? [] {
            guard case .file(let url) = planned.content, let (name, generation) = SimulatedFiles.name(of: url),
                let id = name.split(separator: "-").first, let remote = api[String(id)]
            else { continue }
            let isStale = generation == 1 && (remote.staleAt.map { $0 <= now } ?? false)
            if isStale || remote.removedAt <= now { gone.insert(url) }
            for _ in 0..<2 {
                let mishap: SimulatedDelivery.Mishap? =
                    if chance.strikes(.truncatedDownload, item) {
                        .truncated
                    } else if chance.strikes(.brokenDownload, item) {
                        .broken
                    } else if chance.strikes(.corruptDownload, item) {
                        .corrupt
                    } else if chance.strikes(.refusedDownload, item) {
                        .refused
                    } else {
                        nil
                    }
                mishaps.append(mishap)
            }
        }
        delivery.arrange(mishaps: mishaps, gone: gone)
    }
}
