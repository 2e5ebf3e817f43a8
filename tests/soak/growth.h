// SPDX-License-Identifier: Apache-2.0
//
// Whether a quantity that was looked at again and again grows. Its first half
// is for filling what is filled once: caches, pools, kept histories.

#ifndef TESTS_SOAK_GROWTH_H_
#define TESTS_SOAK_GROWTH_H_

#include <string>
#include <vector>

namespace rollout::soak {

// One quantity over time, looked at after each of a row of equal steps.
struct Series {
  std::string name;
  std::vector<double> values;
  // It may grow by so much over its second half; infinite: by anything.
  double allowance = 0;
};

// By how much the line that fits the second half best rises over it; 0 when
// there are less than two values.
double Growth(const std::vector<double>& values);

// A line for each series that grew more than it may. Empty: none did.
std::vector<std::string> Complaints(const std::vector<Series>& all);

// Each series as it was at the start, in the middle and at the end.
std::string Table(const std::vector<Series>& all);

}  // namespace rollout::soak

#endif  // TESTS_SOAK_GROWTH_H_
