package import LosslessJSON

/// How a run stands this moment, as its own process tells it.
package struct LiveStatus: Hashable, Sendable {
    package var totals: RunTotals
    /// When the session began.
    package var startedAt: Timestamp
    /// Items that had ended before the session.
    package var endedBefore: Int
    /// Predictions in flight, and how many may be.
    package var inFlight: Int
    package var concurrency: Int
    /// How many creates may be sent in a time, as text.
    package var rate: String
    package var isPaused: Bool
    package var isThrottled: Bool
    /// Why no create may be sent now; `nil` if one may.
    package var hold: CreateHold?
    /// The word for how the run is going to end, if it ends once what is in flight has ended.
    package var ending: String?
    /// Milliseconds of the session in which something might be created, and how many items ended in that time.
    package var activeTime: Int64
    package var endedActively: Int
    /// Whether nothing may be created now, whatever is left to do.
    package var isHalted: Bool

    package init(
        totals: RunTotals, startedAt: Timestamp, endedBefore: Int, inFlight: Int, concurrency: Int, rate: String,
        isPaused: Bool, isThrottled: Bool, hold: CreateHold?, ending: String?, activeTime: Int64 = 0,
        endedActively: Int = 0, isHalted: Bool = false
    ) {
        self.totals = totals
        self.startedAt = startedAt
        self.endedBefore = endedBefore
        self.inFlight = inFlight
        self.concurrency = concurrency
        self.rate = rate
        self.isPaused = isPaused
        self.isThrottled = isThrottled
        self.hold = hold
        self.ending = ending
        self.activeTime = activeTime
        self.endedActively = endedActively
        self.isHalted = isHalted
    }

    package var json: JSONValue {
        func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
        let states = ItemState.allCases.filter { totals[$0] != 0 }.map { ($0.rawValue, number(totals[$0])) }
        return [
            "items": .object(Dictionary(states, uniquingKeysWith: { first, _ in first })),
            "predictions": number(totals.predictions), "predict_time": JSONNumber(totals.predictTime).json,
            "retries": number(totals.retries), "started_at": number(Int(startedAt.milliseconds)),
            "ended_before": number(endedBefore), "in_flight": number(inFlight), "concurrency": number(concurrency),
            "rate": .string(rate), "is_paused": .bool(isPaused), "is_throttled": .bool(isThrottled),
            "hold": hold?.json ?? .null, "ending": ending.map(JSONValue.string) ?? .null,
            "active_time": number(Int(activeTime)), "ended_actively": number(endedActively),
            "is_halted": .bool(isHalted),
        ]
    }

    package init?(json: JSONValue) {
        guard let counts = json["items"]?.objectValue, let startedAt = json["started_at"]?.intValue,
            let concurrency = json["concurrency"]?.intValue, let rate = json["rate"]?.stringValue
        else { return nil }
        var totals = RunTotals()
        for (name, count) in counts {
            if let state = ItemState(rawValue: name) { totals[state] = count.intValue ?? 0 }
        }
        totals.predictions = json["predictions"]?.intValue ?? 0
        totals.predictTime = json["predict_time"]?.doubleValue ?? 0
        totals.retries = json["retries"]?.intValue ?? 0
        self.init(
            totals: totals, startedAt: Timestamp(milliseconds: Int64(startedAt)),
            endedBefore: json["ended_before"]?.intValue ?? 0, inFlight: json["in_flight"]?.intValue ?? 0,
            concurrency: concurrency, rate: rate, isPaused: json["is_paused"]?.boolValue ?? false,
            isThrottled: json["is_throttled"]?.boolValue ?? false, hold: json["hold"].flatMap(CreateHold.init(json:)),
            ending: json["ending"]?.stringValue,
            activeTime: Int64(json["active_time"]?.intValue ?? 0), endedActively: json["ended_actively"]?.intValue ?? 0,
            isHalted: json["is_halted"]?.boolValue ?? false
        )
    }
}

extension JSONNumber? {
    fileprivate var json: JSONValue { map(JSONValue.number) ?? .null }
}
