// SPDX-License-Identifier: BSD-2-Clause
/// kind = xdp-object: the user's program, loaded by us.
#include <optional>

#include "dut/user_books.h"
#include "dut/user_dut.h"
#include "dut/user_environment.h"
#include "dut/xdp_object.h"
#include "lab/bpf.h"

namespace fwbench {
namespace {

class UserObjectDut final : public Dut {
 public:
  UserObjectDut(UserEnvironment environment, XdpObject object, XdpLink link, UserBooks books)
      : environment_(std::move(environment)),
        object_(std::move(object)),
        link_(std::move(link)),
        books_(std::move(books)) {}

  Result<void> start() override { return books_.begin(); }
  Result<DutCounters> counters() override { return books_.counters(); }
  Result<void> stop() override { return {}; }

 private:
  UserEnvironment environment_;
  XdpObject object_;
  XdpLink link_;
  UserBooks books_;
};

}  // namespace

Result<std::unique_ptr<Dut>> open_user_object(const DutInputs& inputs) {
  const UserDut& user = *inputs.user;
  auto environment = UserEnvironment::make(inputs);
  if (!environment) return tl::unexpected(environment.error());
  auto object = XdpObject::load(user.object, user.program, environment->files().pins());
  if (!object) return tl::unexpected(object.error());
  FWBENCH_TRY(environment->run_setup());
  auto link = XdpLink::attach(object->program(), inputs.in.ifindex,
                              user.mode == UserDutMode::native ? XdpMode::native : XdpMode::generic);
  if (!link) return tl::unexpected(link.error());
  auto books = UserBooks::open(inputs.in, inputs.out, user.verdict);
  if (!books) return tl::unexpected(books.error());
  return std::make_unique<UserObjectDut>(std::move(*environment), std::move(*object), std::move(*link),
                                         std::move(*books));
}

}  // namespace fwbench
