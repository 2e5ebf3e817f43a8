// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/render/row_order.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::render {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RowOrder, CellsAreComparedByWhatTheyMean) {
  // Each row from the smallest on.
  const std::vector<std::vector<std::string>> kRows = {
      {"0", "2", "10", "1e2", "-"},
      {"85us", "4.2ms", "0.31s", "12.4s", "2m", "2m5s", "3h10m", "9d4h", "-"},
      {"0%", "12.5%", "100%"},
      {"0/3", "2/3", "2/10", "10/10"},
      {"web-2", "web-10", "web-10a", "web-011", "xeb-1"},
      {"10.0.0.9:80", "10.0.0.10:8", "10.0.0.10:80"},
      {"5", "3f2a91c0de", "a", "inf", "nan", ""},
      {"a", "a1", "ab"},
      {"9999999999999999999998x", "9999999999999999999999x"},
  };
  for (const auto& row : kRows) {
    for (size_t i = 0; i < row.size(); ++i) {
      for (size_t k = 0; k < row.size(); ++k) {
        SCOPED_TRACE(row[i] + " and " + row[k]);
        const int order = CompareCells(row[i], row[k]);
        EXPECT_EQ(order < 0, i < k);
        EXPECT_EQ(order > 0, i > k);
      }
    }
  }
}

TEST(RowOrder, RowsThatAreTheSameStayInOrder) {
  Table table({"NAME", "AGE"});
  table.Add({"c", "1m"});
  table.Add({"a", "60s"});
  table.Add({"b"});
  table.Add({"d", "2s"});
  EXPECT_THAT(RowOrder(table, 0), ElementsAre(1, 2, 0, 3));
  EXPECT_THAT(RowOrder(table, 1), ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(RowOrder(Table({"NAME"}), 0), ElementsAre());
}

TEST(RowOrder, AColumnIsFoundByItsHeader) {
  const Table table({"NAME", "AGE"});
  EXPECT_EQ(*FindColumn(table, "AGE"), 1u);
  EXPECT_EQ(*FindColumn(table, "name"), 0u);
  EXPECT_THAT(std::string(FindColumn(table, "ages").status().message()),
              HasSubstr("there is no column \"ages\", did you mean AGE? (there "
                        "are: NAME, AGE)"));
}

}  // namespace
}  // namespace rollout::render
