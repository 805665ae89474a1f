import Foundation
import Nightshift

extension CanaryReport {
    /// What a person decides by.
    var text: String {
        var parts = ["canary: \(succeeded) succeeded, \(failed) failed, \(left) left to do"]
        if let predictTime { parts.append(String(format: "%.2f s a prediction", predictTime)) }
        if let cost {
            let projection = projectedCost.map { String(format: ", about %.2f more for the rest", $0) } ?? ""
            parts.append(String(format: "%.4f spent", cost) + projection)
        }
        return parts.joined(separator: "; ")
    }
}
