// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// An ELF file of the user's with an XDP program, loaded by libbpf.

#include <bpf/libbpf.h>

#include <memory>
#include <string>

#include "core/result.h"

namespace fwbench {

class XdpObject {
 public:
  /// Loads all XDP programs of the file and pins its maps under `pins` by their names.
  /// @param program the function to be attached; empty: the only XDP program there is
  /// Errors: ErrorKind::environment with what libbpf or the verifier said last.
  [[nodiscard]] static Result<XdpObject> load(const std::string& file, const std::string& program,
                                              const std::string& pins);

  [[nodiscard]] const bpf_program* program() const { return program_; }

 private:
  struct Close {
    void operator()(bpf_object* object) const { bpf_object__close(object); }
  };
  XdpObject(bpf_object* object, bpf_program* program) : object_(object), program_(program) {}

  std::unique_ptr<bpf_object, Close> object_;
  bpf_program* program_;
};

}  // namespace fwbench
