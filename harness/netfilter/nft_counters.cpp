// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_counters.h"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace fwbench {
namespace {

uint8_t family_number(const std::string& family) {
  if (family == "ip") return NFPROTO_IPV4;
  if (family == "ip6") return NFPROTO_IPV6;
  if (family == "inet") return NFPROTO_INET;
  return NFPROTO_NETDEV;
}

/// libmnl's loops are macros of C; its callbacks are not. Keeps the last attribute of each of the first few types.
constexpr size_t kTypes = 8;
using Attributes = std::array<const nlattr*, kTypes>;

int keep(const nlattr* attribute, void* data) {
  const uint16_t type = mnl_attr_get_type(attribute);
  if (type < kTypes) (*static_cast<Attributes*>(data))[type] = attribute;
  return MNL_CB_OK;
}

struct ChainCounters {
  NftCounters* counters;
  const char* chain;
};

int read_expression(const nlattr* element, void* data) {
  const auto& to = *static_cast<const ChainCounters*>(data);
  Attributes expression = {};
  Attributes counter = {};
  mnl_attr_parse_nested(element, keep, &expression);
  const nlattr* const name = expression[NFTA_EXPR_NAME];
  if (name == nullptr || std::string_view(mnl_attr_get_str(name)) != "counter") return MNL_CB_OK;
  if (expression[NFTA_EXPR_DATA] != nullptr) mnl_attr_parse_nested(expression[NFTA_EXPR_DATA], keep, &counter);
  const nlattr* const packets = counter[NFTA_COUNTER_PACKETS];
  (*to.counters)[to.chain].push_back(packets == nullptr ? 0 : be64toh(mnl_attr_get_u64(packets)));
  return MNL_CB_OK;
}

/// One message of the dump is one rule.
int read_rule(const nlmsghdr* message, void* data) {
  Attributes rule = {};
  mnl_attr_parse(message, sizeof(nfgenmsg), keep, &rule);
  if (rule[NFTA_RULE_CHAIN] == nullptr || rule[NFTA_RULE_EXPRESSIONS] == nullptr) return MNL_CB_OK;
  ChainCounters to = {static_cast<NftCounters*>(data), mnl_attr_get_str(rule[NFTA_RULE_CHAIN])};
  mnl_attr_parse_nested(rule[NFTA_RULE_EXPRESSIONS], read_expression, &to);
  return MNL_CB_OK;
}

}  // namespace

Result<NftCounterReader> NftCounterReader::open() {
  NftCounterReader reader(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!reader.socket_ || mnl_socket_bind(reader.socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0) {
    return sys_fail(errno, "cannot open a netlink socket to netfilter");
  }
  return reader;
}

Result<NftCounters> NftCounterReader::read(const std::string& family, const std::string& table) {
  alignas(nlmsghdr) std::array<char, 65536> buffer;
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE);
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request->nlmsg_seq = ++sequence_;
  auto* const header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(nfgenmsg)));
  header->nfgen_family = family_number(family);
  header->version = NFNETLINK_V0;
  mnl_attr_put_strz(request, NFTA_RULE_TABLE, table.c_str());
  if (mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0) {
    return sys_fail(errno, "cannot ask for the rules of table {}", table);
  }
  NftCounters counters;
  for (int status = MNL_CB_OK; status == MNL_CB_OK;) {
    const ssize_t size = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    status = size < 0 ? MNL_CB_ERROR
                      : mnl_cb_run(buffer.data(), static_cast<size_t>(size), sequence_,
                                   mnl_socket_get_portid(socket_.get()), read_rule, &counters);
    if (status == MNL_CB_ERROR) return sys_fail(errno, "cannot read the rules of table {}", table);
  }
  return counters;
}

}  // namespace fwbench
