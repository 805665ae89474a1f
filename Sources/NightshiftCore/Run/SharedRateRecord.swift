package import LosslessJSON

/// What the runs on one machine that use one account know together: how many requests may still be sent, how long a throttle
/// lasts, and who takes part. Pure: the time comes in, and the file that keeps it is somebody else's.
///
/// Tokens are earned by those who wait for them, in equal parts, so that runs share the rate evenly; what nobody waits for is
/// there for whoever comes.
package struct SharedRateRecord: Hashable, Sendable {
    /// A run that takes part.
    package struct Member: Hashable, Sendable {
        package var id: String
        package var process: Int
        package var startedAt: Timestamp
        package var seenAt: Timestamp
        fileprivate var creates = Share()
        fileprivate var reads = Share()

        package init(id: String, process: Int, startedAt: Timestamp) {
            self.id = id
            self.process = process
            self.startedAt = startedAt
            seenAt = startedAt
        }
    }

    /// What one member has of one bucket.
    fileprivate struct Share: Hashable, Sendable {
        var tokens = 0.0
        /// It wanted more than there was.
        var isWaiting = false
        /// Requests a second that its manifest allows; `nil` for any number.
        var limit: Double?
    }

    fileprivate struct Bucket: Hashable, Sendable {
        /// What nobody was waiting for.
        var spare: Double?
        var filledAt: Timestamp
        var closedUntil = Timestamp.distantPast
    }

    package private(set) var members: [Member] = []
    private var creates = Bucket(filledAt: .distantPast)
    private var reads = Bucket(filledAt: .distantPast)

    /// A member that has not been seen for so long takes part no more.
    private static let memory = Duration.seconds(120)
    /// A throttle that lasts longer comes from a clock that was set.
    private static let longestThrottle = Duration.seconds(86_400)

    package init() {}

    /// Takes what may be sent now, or says when to come again.
    /// - Parameter isAlive: whether a process is still there; one that was killed wants nothing more.
    package mutating func claim(
        _ claim: AccountClaim, as member: Member, at now: Timestamp, isAlive: (Int) -> Bool = { _ in true }
    ) -> AccountGrant {
        members.removeAll { other in
            let unseen = other.seenAt.duration(to: now)
            return other.id != member.id
                && (unseen > Self.memory || unseen < .zero - Self.memory || !isAlive(other.process))
        }
        let place: Int
        if let known = members.firstIndex(where: { $0.id == member.id }) {
            place = known
        } else {
            members.append(member)
            place = members.count - 1
        }
        members[place].seenAt = now
        let creates = take(claim.creates, of: \.creates, \.creates, at: place, now)
        let reads = take(claim.reads, of: \.reads, \.reads, at: place, now)
        return AccountGrant(creates: creates, reads: reads, members: members.count)
    }

    /// The member is done.
    package mutating func leave(_ id: String) {
        members.removeAll { $0.id == id }
    }

    private mutating func take(
        _ claim: AccountClaim.Part, of bucketPath: WritableKeyPath<Self, Bucket>,
        _ sharePath: WritableKeyPath<Member, Share>, at place: Int, _ now: Timestamp
    ) -> AccountGrant.Part {
        members[place][keyPath: sharePath].limit = claim.limit?.perSecond
        if let until = claim.closedUntil { close(bucketPath, sharePath, until: until, at: now) }
        let closedUntil = self[keyPath: bucketPath].closedUntil
        if closedUntil > now, now.duration(to: closedUntil) <= Self.longestThrottle {
            members[place][keyPath: sharePath].isWaiting = claim.wanted > 0
            return AccountGrant.Part(count: 0, nextAt: closedUntil, closedUntil: closedUntil)
        }
        // Who allows itself any number cares for no bucket; the others share the largest of their limits.
        let limits = members.compactMap { $0[keyPath: sharePath].limit }
        guard claim.limit != nil, let rate = limits.max() else {
            return AccountGrant.Part(count: claim.wanted, nextAt: now, closedUntil: nil)
        }
        settle(bucketPath, sharePath, rate: rate, at: now)
        return take(claim.wanted, from: bucketPath, sharePath, at: place, rate: rate, now)
    }

    private mutating func take(
        _ wanted: Int, from bucketPath: WritableKeyPath<Self, Bucket>, _ sharePath: WritableKeyPath<Member, Share>,
        at place: Int, rate: Double, _ now: Timestamp
    ) -> AccountGrant.Part {
        let spare = self[keyPath: bucketPath].spare ?? 0
        let own = members[place][keyPath: sharePath].tokens
        // A hair more, because sums of parts are a little off.
        let count = max(0, min(wanted, Int(saturating: own + spare + 1e-6)))
        let fromOwn = min(own, Double(count))
        members[place][keyPath: sharePath].tokens = own - fromOwn
        self[keyPath: bucketPath].spare = max(0, spare - (Double(count) - fromOwn))
        members[place][keyPath: sharePath].isWaiting = count < wanted
        guard count < wanted else { return AccountGrant.Part(count: count, nextAt: now, closedUntil: nil) }
        let waiting = max(1, members.count { $0[keyPath: sharePath].isWaiting })
        let missing = max(0, 1 - (own - fromOwn) - (self[keyPath: bucketPath].spare ?? 0))
        let seconds = missing * Double(waiting) / rate
        return AccountGrant.Part(
            count: count, nextAt: now.advanced(by: .milliseconds(Int64(saturating: (seconds * 1000).rounded(.up)))),
            closedUntil: nil)
    }

    /// Hands out what has been earned since the last time.
    private mutating func settle(
        _ bucketPath: WritableKeyPath<Self, Bucket>, _ sharePath: WritableKeyPath<Member, Share>, rate: Double,
        at now: Timestamp
    ) {
        let burst = max(1, rate)
        var bucket = self[keyPath: bucketPath]
        defer { self[keyPath: bucketPath] = bucket }
        guard let spare = bucket.spare else {
            // Nobody has sent anything yet.
            (bucket.spare, bucket.filledAt) = (burst, now)
            return
        }
        // A clock that was set back earns nothing, and the bucket goes on from the new time.
        guard now > bucket.filledAt else {
            bucket.filledAt = min(bucket.filledAt, now)
            return
        }
        let held = members.reduce(spare) { $0 + $1[keyPath: sharePath].tokens }
        var earned = min(bucket.filledAt.duration(to: now).inSeconds * rate, max(0, burst - held))
        bucket.filledAt = now
        let waiting = members.indices.filter { members[$0][keyPath: sharePath].isWaiting }
        // Nobody saves up more than their part of a burst, so that no one who is slow holds back the others.
        let most = max(1, burst / Double(max(1, waiting.count)))
        let part = earned / Double(max(1, waiting.count))
        for place in waiting {
            let share = members[place][keyPath: sharePath].tokens
            let gained = min(part, max(0, most - share))
            members[place][keyPath: sharePath].tokens = share + gained
            earned -= gained
        }
        bucket.spare = min(burst, spare + earned)
    }

    /// A throttle closes the bucket for everybody, and what was saved up is void.
    private mutating func close(
        _ bucketPath: WritableKeyPath<Self, Bucket>, _ sharePath: WritableKeyPath<Member, Share>, until: Timestamp,
        at now: Timestamp
    ) {
        guard until > now else { return }
        let until = max(self[keyPath: bucketPath].closedUntil, until)
        self[keyPath: bucketPath] = Bucket(spare: 0, filledAt: until, closedUntil: until)
        for place in members.indices { members[place][keyPath: sharePath].tokens = 0 }
    }
}

/// What a run wants of its account.
package struct AccountClaim: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        /// Requests that could be sent now.
        package var wanted = 0
        /// What the run allows itself; `nil` for any number.
        package var limit: RateLimit?
        /// A throttle that it was just told.
        package var closedUntil: Timestamp?

        package init(wanted: Int = 0, limit: RateLimit? = nil, closedUntil: Timestamp? = nil) {
            self.wanted = wanted
            self.limit = limit
            self.closedUntil = closedUntil
        }
    }

    package var creates: Part
    package var reads: Part

    package init(creates: Part = Part(), reads: Part = Part()) {
        self.creates = creates
        self.reads = reads
    }
}

/// What a run may send of its account's requests.
package struct AccountGrant: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        package var count: Int
        /// When there may be more.
        package var nextAt: Timestamp
        /// A throttle that some run was told.
        package var closedUntil: Timestamp?

        package init(count: Int, nextAt: Timestamp, closedUntil: Timestamp?) {
            self.count = count
            self.nextAt = nextAt
            self.closedUntil = closedUntil
        }
    }

    package var creates: Part
    package var reads: Part
    /// Runs that take part.
    package var members: Int

    package init(creates: Part, reads: Part, members: Int) {
        self.creates = creates
        self.reads = reads
        self.members = members
    }
}

extension AccountClaim {
    /// The same by a clock that is so much ahead.
    package func moved(by shift: Duration) -> AccountClaim {
        var moved = self
        moved.creates.closedUntil = creates.closedUntil?.advanced(by: shift)
        moved.reads.closedUntil = reads.closedUntil?.advanced(by: shift)
        return moved
    }
}

extension AccountGrant {
    /// The same by a clock that is so much ahead.
    package func moved(by shift: Duration) -> AccountGrant {
        AccountGrant(creates: creates.moved(by: shift), reads: reads.moved(by: shift), members: members)
    }
}

extension AccountGrant.Part {
    fileprivate func moved(by shift: Duration) -> AccountGrant.Part {
        AccountGrant.Part(
            count: count, nextAt: nextAt.advanced(by: shift), closedUntil: closedUntil?.advanced(by: shift))
    }
}

extension SharedRateRecord {
    package var json: JSONValue {
        [
            "creates": creates.json, "reads": reads.json,
            "members": .array(
                members.map { member in
                    [
                        "id": .string(member.id), "process": .number(JSONNumber(member.process)),
                        "started_at": member.startedAt.json, "seen_at": member.seenAt.json,
                        "creates": member.creates.json, "reads": member.reads.json,
                    ]
                }),
        ]
    }

    /// - Returns: `nil` for what is no record, such as the rest of a file that was cut off.
    package init?(json: JSONValue) {
        guard let creates = json["creates"].flatMap(Bucket.init(json:)),
            let reads = json["reads"].flatMap(Bucket.init(json:)), let members = json["members"]?.arrayValue
        else { return nil }
        self.creates = creates
        self.reads = reads
        self.members = members.compactMap { json in
            guard let id = json["id"]?.stringValue, let seenAt = Timestamp(json: json["seen_at"]) else { return nil }
            var member = Member(
                id: id, process: json["process"]?.intValue ?? 0,
                startedAt: Timestamp(json: json["started_at"]) ?? seenAt)
            member.seenAt = seenAt
            member.creates = Share(json: json["creates"])
            member.reads = Share(json: json["reads"])
            return member
        }
    }
}

extension SharedRateRecord.Bucket {
    fileprivate var json: JSONValue {
        [
            "spare": spare.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null, "filled_at": filledAt.json,
            "closed_until": closedUntil.json,
        ]
    }

    fileprivate init?(json: JSONValue) {
        guard let filledAt = Timestamp(json: json["filled_at"]) else { return nil }
        self.init(
            spare: json["spare"]?.doubleValue, filledAt: filledAt,
            closedUntil: Timestamp(json: json["closed_until"]) ?? .distantPast)
    }
}

extension SharedRateRecord.Share {
    fileprivate var json: JSONValue {
        [
            "tokens": JSONNumber(tokens).map(JSONValue.number) ?? 0, "is_waiting": .bool(isWaiting),
            "limit": limit.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null,
        ]
    }

    fileprivate init(json: JSONValue?) {
        self.init(
            tokens: max(0, json?["tokens"]?.doubleValue ?? 0), isWaiting: json?["is_waiting"]?.boolValue ?? false,
            limit: json?["limit"]?.doubleValue)
    }
}

extension Timestamp {
    fileprivate var json: JSONValue { .number(JSONNumber(Int(milliseconds))) }

    fileprivate init?(json: JSONValue?) {
        guard let milliseconds = json?.intValue else { return nil }
        self.init(milliseconds: Int64(milliseconds))
    }
}
