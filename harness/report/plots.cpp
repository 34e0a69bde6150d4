// SPDX-License-Identifier: BSD-2-Clause
#include "report/plots.h"

#include "core/file.h"
#include "report/gnuplot.h"
#include "report/plot_scripts.h"

namespace fwbench {

Result<std::vector<std::string>> write_plots(const Record& record, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return sys_fail(error.value(), "cannot make folder '{}'", folder.string());
  std::vector<std::string> names;
  std::vector<std::string> scripts;
  for (const PlotScript& plot : plot_scripts(record)) {
    FWBENCH_TRY(write_file_atomically(folder / (plot.name + ".dat"), plot.dat));
    FWBENCH_TRY(write_file_atomically(folder / (plot.name + ".gp"), plot.gp));
    names.push_back(plot.name);
    scripts.push_back(plot.name + ".gp");
  }
  if (!scripts.empty()) FWBENCH_TRY(run_gnuplot(folder, scripts));
  return names;
}

}  // namespace fwbench
