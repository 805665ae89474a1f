import Nightshift

extension RunPlanCounts {
    /// How the input set compares with what was done before.
    var sentence: String {
        var parts = [items == 1 ? "1 item" : "\(items) items"]
        if done > 0, done < items {
            parts.append(done == 1 ? "1 done is kept" : "\(done) done are kept")
        }
        if new > 0, new < items { parts.append("\(new) new") }
        if changed > 0 { parts.append("\(changed) changed") }
        if withdrawn > 0 { parts.append("\(withdrawn) withdrawn") }
        if invalid > 0 { parts.append("\(invalid) cannot be sent and fail") }
        if repeated > 0 {
            parts.append("\(repeated) \(repeated == 1 ? "row repeats" : "rows repeat") an earlier one")
        }
        return parts.joined(separator: ", ")
    }
}
