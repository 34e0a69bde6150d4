/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Map keys and values shared between the BPF programs and C++. Legal C and C++; every size is asserted. */

#include <linux/types.h>

#ifdef __cplusplus
#define FW_STATIC_ASSERT(condition, message) static_assert(condition, message)
#else
#define FW_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#endif

/* ---- Compiled policy ----------------------------------------------------------------------------------------------
 *
 * A policy is compiled to one flat image: the value of a single-entry-per-generation array map, and plain memory for
 * the AF_XDP engine. Lakshman & Stiliadis 1998, Baboescu & Varghese 2001: each field of a packet is looked up to a row;
 * a row is a bitset over the rules (bit set = this rule does not object to this value); the AND of all rows has its
 * lowest bit at the first rule that matches.
 *
 * Units: "word" = 32 bits for tries, "row offset" = index of a 64-bit word, both from the start of the image.
 *
 * Trie entry: bit 31 set = leaf, bits 0..30 the row offset; else the word index of the next node. A field's root entry
 * is of the same form, so a field that no rule looks at needs no node. Strides (bits per level, most significant
 * first): 16-bit ether type and ports: 8 8 · IPv4 addresses: 16 8 8 · IPv6 addresses: 16 then 14 x 8 · bytes: 8.
 *
 * Row: summary_words 64-bit words (bit i = word i of the row is not 0; summary_words is 0 when row_words is 1), then
 * row_words words; rule r is bit r % 64 of word r / 64.
 */
/* Same order as Field in harness/policy/policy.h. */
enum fw_field {
  FW_ETHER_TYPE,
  FW_IP_SADDR,
  FW_IP_DADDR,
  FW_IP6_SADDR,
  FW_IP6_DADDR,
  FW_L4PROTO,
  FW_IP_PROTOCOL,
  FW_TH_SPORT,
  FW_TH_DPORT,
  FW_TCP_FLAGS,
  FW_ICMP_TYPE,
  FW_FIELD_COUNT,
};

#define FW_TRIE_LEAF 0x80000000u
#define FW_IMAGE_MAGIC 0x66776231u /* "fwb1" */

/* An entry of the action table, one 32-bit word per rule. */
#define FW_ACTION_DROP 1u
#define FW_ACTION_TERMINAL 2u
#define FW_ACTION_COUNTED 4u

struct fw_image_header {
  __u32 magic;
  __u32 image_words; /* size of the whole image in 32-bit words */
  __u32 rules;
  __u32 row_words;              /* 64-bit words of bitset in a row: ceil(rules / 64), at least 1 */
  __u32 summary_words;          /* 64-bit words of summary in front of it: 0, or ceil(row_words / 64) */
  __u32 used_fields;            /* bit f: some rule looks at field f; the others need no lookup */
  __u32 default_action;         /* FW_ACTION_* of the chain's policy */
  __u32 actions;                /* word index of the action table */
  __u32 root[FW_FIELD_COUNT];   /* trie entry where a lookup of the field starts */
  __u32 absent[FW_FIELD_COUNT]; /* row offset for packets that do not have the field */
  __u32 reserved[2];
};
FW_STATIC_ASSERT(sizeof(struct fw_image_header) == 128, "two cache lines");

/* ---- What a DUT counts --------------------------------------------------------------------------------------------
 * One per CPU. seen == passed + dropped + aborted; foreign traffic is not told apart here. */
struct dut_counters {
  __u64 seen;
  __u64 passed;
  __u64 dropped;
  __u64 aborted;
};
FW_STATIC_ASSERT(sizeof(struct dut_counters) == 32, "dut_counters");

/* ---- Generator and sink -------------------------------------------------------------------------------------------
 * Identity, 8 bytes in network order where no rule looks: TCP seq and ack, first 8 bytes of UDP payload, of ICMP data
 * (from byte 8 of the ICMP header on), else of the bytes behind the last header. */
struct frame_identity {
  __be32 run_id;
  __be32 index; /* frame index, or FW_PROBE_BIT | sequence */
};
FW_STATIC_ASSERT(sizeof(struct frame_identity) == 8, "frame_identity");
#define FW_PROBE_BIT 0x80000000u

/* What a probe carries at frame_slot.stamp_offset, in the sender's byte order (both ends are this host). */
struct probe_stamp {
  __u64 scheduled_ns; /* CLOCK_MONOTONIC when it should have been sent: delay is counted from here */
  __u64 sent_ns;
  __u16 checksum_fix; /* keeps the transport checksum valid whatever the fields above are */
  __u16 reserved[3];
};
FW_STATIC_ASSERT(sizeof(struct probe_stamp) == 24, "probe_stamp");

/* Load frames: a frame up to 60 bytes and its length share one cache line. */
#define FW_SLOT_HEADER 4
struct frame_slot_header {
  __u16 length;
  __u16 reserved;
};
FW_STATIC_ASSERT(sizeof(struct frame_slot_header) == FW_SLOT_HEADER, "frame_slot_header");

/* A page less XDP headroom (256), skb_shared_info (320) and the page head of live frames (112) is 3408
 * (net/bpf/test_run.c, TEST_XDP_FRAME_SIZE); less what frame_room is rounded up by. */
#define FW_MAX_FRAME 3400

/* A probe template: patched by the generator as it is sent. */
#define FW_PROBE_FRAME_MAX 256
struct probe_slot {
  __u16 length;
  __u16 identity_offset;
  __u16 stamp_offset;
  __u16 reserved;
  __u8 bytes[FW_PROBE_FRAME_MAX];
};
FW_STATIC_ASSERT(sizeof(struct probe_slot) == 8 + FW_PROBE_FRAME_MAX, "probe_slot");

/* How the generator is told to send, and how far it came. All times CLOCK_MONOTONIC ns. */
struct generator_state {
  /* set by user space before a call */
  __u64 start_ns;     /* schedule origin; 0 = flood, as fast as it goes */
  __u64 gap_q16;      /* ns << 16 between load frames; 0 with start_ns set = no load, probes only */
  __u64 probe_gap_ns; /* between probes; 0 = none */
  __u64 limit;        /* stop emitting load frames after this many; ~0 = never */
  __u64 probe_limit;
  /* moved on by the program */
  __u64 emitted;     /* load frames redirected */
  __u64 probes;      /* probes redirected */
  __u64 cursor;      /* next frame index */
  __u64 late_max_ns; /* most a load frame was behind its schedule */
};
FW_STATIC_ASSERT(sizeof(struct generator_state) == 72, "generator_state");

/* At the sink. */
struct sink_counters {
  __u64 frames; /* load frames of this run */
  __u64 probes;
  __u64 foreign;   /* anything without our run id */
  __u64 reordered; /* probes that came after a later one */
};
FW_STATIC_ASSERT(sizeof(struct sink_counters) == 32, "sink_counters");

/* One per probe sequence number. */
struct probe_arrival {
  __u64 delay_ns;    /* first arrival less scheduled time */
  __u32 lateness_ns; /* sent less scheduled time: the generator's own part of the delay */
  __u32 arrivals;    /* 0 lost, 1 fine, more: duplicated */
};
FW_STATIC_ASSERT(sizeof(struct probe_arrival) == 16, "probe_arrival");

/* ---- AF_XDP -------------------------------------------------------------------------------------------------------*/
struct steer_counters { /* one per CPU, counted by the XDP program in front of the socket */
  __u64 seen;
  __u64 no_socket; /* no socket on this queue: dropped here */
};
FW_STATIC_ASSERT(sizeof(struct steer_counters) == 16, "steer_counters");
