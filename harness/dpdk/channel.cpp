// SPDX-License-Identifier: BSD-2-Clause
#include "dpdk/channel.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace fwbench {
namespace {

constexpr size_t kWordsPerField = 4;
constexpr size_t kWordsPerValue = 2;

size_t round_up(size_t bytes, size_t to) {
  return (bytes + to - 1) / to * to;
}

void pack_table(const AclTable& table, std::vector<uint32_t>& words) {
  words.push_back(table.required);
  words.push_back(static_cast<uint32_t>(table.fields.size()));
  words.push_back(static_cast<uint32_t>(table.rules()));
  for (const AclField& field : table.fields) {
    words.insert(words.end(), {static_cast<uint32_t>(field.match), field.size, field.group, field.offset});
  }
  for (const AclValue& value : table.values) words.insert(words.end(), {value.value, value.mask_or_last});
  words.insert(words.end(), table.priority.begin(), table.priority.end());
  words.insert(words.end(), table.accepts.begin(), table.accepts.end());
}

/// Reads words one after the other; past the end they are 0, and complete() is false.
class Reader {
 public:
  explicit Reader(std::span<const uint32_t> words) : words_(words) {}

  uint32_t next() { return at_ < words_.size() ? words_[at_++] : (complete_ = false, 0U); }
  [[nodiscard]] size_t left() const { return words_.size() - at_; }
  [[nodiscard]] bool complete() const { return complete_ && left() == 0; }
  [[nodiscard]] bool has(size_t count) {
    complete_ = complete_ && count <= left();
    return complete_;
  }

 private:
  std::span<const uint32_t> words_;
  size_t at_ = 0;
  bool complete_ = true;
};

AclTable unpack_table(Reader& reader) {
  AclTable table;
  table.required = reader.next();
  const size_t fields = reader.next();
  const size_t rules = reader.next();
  if (!reader.has(fields * kWordsPerField + rules * (fields * kWordsPerValue + 2))) return {};
  for (size_t i = 0; i < fields; ++i) {
    const auto match = static_cast<AclMatch>(reader.next());
    const auto size = static_cast<uint8_t>(reader.next());
    const auto group = static_cast<uint8_t>(reader.next());
    table.fields.push_back({match, size, group, static_cast<uint8_t>(reader.next())});
  }
  table.values.reserve(rules * fields);
  for (size_t i = 0; i < rules * fields; ++i) {
    const uint32_t value = reader.next();
    table.values.push_back({value, reader.next()});
  }
  for (size_t i = 0; i < rules; ++i) table.priority.push_back(reader.next());
  for (size_t i = 0; i < rules; ++i) table.accepts.push_back(reader.next());
  return table;
}

}  // namespace

std::vector<uint32_t> pack_acl_policy(const AclPolicy& policy) {
  std::vector<uint32_t> words = {policy.default_accepts ? 1U : 0U, policy.rare_fields ? 1U : 0U};
  pack_table(policy.ipv4, words);
  pack_table(policy.ipv6, words);
  return words;
}

Result<AclPolicy> unpack_acl_policy(std::span<const uint32_t> words) {
  Reader reader(words);
  AclPolicy policy;
  policy.default_accepts = reader.next() != 0;
  policy.rare_fields = reader.next() != 0;
  policy.ipv4 = unpack_table(reader);
  policy.ipv6 = unpack_table(reader);
  if (!reader.complete()) return fail(ErrorKind::internal, "the rules for rte_acl did not come through whole");
  return policy;
}

Result<DpdkMemory> DpdkMemory::create(const AclPolicy& acl, std::span<const std::byte> image) {
  const std::vector<uint32_t> words = pack_acl_policy(acl);
  const size_t acl_offset = kDpdkImageOffset + round_up(image.size(), sizeof(uint64_t));
  const size_t size = acl_offset + words.size() * sizeof(uint32_t);
  UniqueFd fd(::memfd_create("fwbench-dpdk", MFD_CLOEXEC));
  if (!fd.valid() || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
    return with_remedy(sys_fail(errno, "cannot make {} bytes of shared memory", size), "free some memory");
  }
  auto memory = map(std::move(fd));
  if (!memory) return memory;
  auto* const channel = new (memory->data_) DpdkChannel;
  channel->image_bytes = image.size();
  channel->acl_words = words.size();
  std::memcpy(memory->data_ + kDpdkImageOffset, image.data(), image.size());
  std::memcpy(memory->data_ + acl_offset, words.data(), words.size() * sizeof(uint32_t));
  return memory;
}

Result<DpdkMemory> DpdkMemory::map(UniqueFd memfd) {
  struct stat status = {};
  if (::fstat(memfd.get(), &status) != 0) return sys_fail(errno, "cannot use the memory shared with fwbench");
  const auto size = static_cast<size_t>(status.st_size);
  if (size < sizeof(DpdkChannel)) return fail(ErrorKind::internal, "the memory shared with fwbench is too short");
  // Populated at once: the first packets of a trial must not pay for page faults.
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memfd.get(), 0);
  if (data == MAP_FAILED) {
    return with_remedy(sys_fail(errno, "cannot map {} bytes of shared memory", size), "free some memory");
  }
  return DpdkMemory(std::move(memfd), static_cast<std::byte*>(data), size);
}

DpdkMemory::~DpdkMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

DpdkChannel& DpdkMemory::channel() const {
  return *std::launder(reinterpret_cast<DpdkChannel*>(data_));
}

std::span<const std::byte> DpdkMemory::image() const {
  const size_t bytes = channel().image_bytes;
  if (bytes > size_ - kDpdkImageOffset) return {};
  return {data_ + kDpdkImageOffset, bytes};
}

std::span<const uint32_t> DpdkMemory::acl_words() const {
  const size_t offset = kDpdkImageOffset + round_up(channel().image_bytes, sizeof(uint64_t));
  const size_t words = channel().acl_words;
  if (offset > size_ || words > (size_ - offset) / sizeof(uint32_t)) return {};
  return {reinterpret_cast<const uint32_t*>(data_ + offset), words};
}

DpdkCounters read_counters(const DpdkChannel& channel) {
  const DpdkChannel::Live& live = channel.live;
  return {.received = live.received.load(std::memory_order_relaxed),
          .passed = live.passed.load(std::memory_order_relaxed),
          .dropped = live.dropped.load(std::memory_order_relaxed),
          .tx_full = live.tx_full.load(std::memory_order_relaxed),
          .missed = live.missed.load(std::memory_order_relaxed),
          .by_fallback = live.by_fallback.load(std::memory_order_relaxed)};
}

}  // namespace fwbench
