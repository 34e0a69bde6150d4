// SPDX-License-Identifier: BSD-2-Clause
#include "report/report.h"

#include "core/file.h"
#include "report/hgrm.h"
#include "report/plots.h"
#include "report/table.h"

namespace fwbench {

Result<void> write_report(const Record& record, const std::filesystem::path& run_folder) {
  const auto plots = write_plots(record, run_folder / "plots");
  std::vector<std::string> links;
  if (plots) {
    for (const std::string& plot : *plots) links.push_back("plots/" + plot);
  }
  FWBENCH_TRY(write_histograms(record, run_folder / "delay"));
  FWBENCH_TRY(write_file_atomically(run_folder / "report.md", markdown_report(record, links)));
  if (!plots) return tl::unexpected<Error>(plots.error());
  return {};
}

}  // namespace fwbench
