import ReplicateAPI

/// What a webhook tells of: a prediction, or anything else that runs like one.
protocol WebhookSubject: Sendable {
    /// How it stands now; `nil` once it is forgotten.
    func look() -> WebhookView?

    /// Waits until it no longer has this lifecycle, a time has come, or the clock was moved. It may return early.
    func waitForChange(of lifecycle: PredictionLifecycle, until time: ServerTime) async
}

/// How a subject of a webhook stands at one moment.
struct WebhookView: Sendable {
    var lifecycle: PredictionLifecycle
    var run: RunTimeline
    var now: ServerTime
    /// The body that tells an event: the object as a read shows it at that moment.
    var body: @Sendable (WebhookEvent) -> [UInt8]
}

/// A prediction or training as the subject of its webhook.
struct PredictionSubject: WebhookSubject {
    let id: PredictionID
    let predictions: PredictionStore
    /// Where the API is for whoever made the prediction.
    let base: String
    let nasty: Bool
    /// Where reads of it go: `predictions` or `trainings`.
    var collection = "predictions"

    func look() -> WebhookView? {
        guard let (record, now) = predictions.look(id) else { return nil }
        let run = RunTimeline(record)
        return WebhookView(lifecycle: record.lifecycle, run: run, now: now) { [base, nasty, collection] event in
            var snapshot = record.lifecycle.snapshot(at: now)
            // A run may be over before its start was told, and the start is told all the same.
            if event == .start, snapshot.status != .processing {
                snapshot = PredictionLifecycle.Snapshot(status: .processing, startedAt: run.startedAt, progress: 0)
            }
            var body = PredictionBody(base: base, nasty: nasty)
            body.collection = collection
            body.append(record, snapshot, as: .read)
            return body.bytes
        }
    }

    func waitForChange(of lifecycle: PredictionLifecycle, until time: ServerTime) async {
        await predictions.waitForChange(of: lifecycle, id, until: time)
    }
}
