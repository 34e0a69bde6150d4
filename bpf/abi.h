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
 * A policy is compiled to one flat image: the value of an array map, one entry a generation, and plain memory for the
 * AF_XDP engine. Lakshman & Stiliadis 1998, Baboescu & Varghese 2001: each field of a packet is looked up to a row; a
 * row is a bitset over the rules (bit set = this rule does not object to this value); the AND of all rows has its
 * lowest bit at the first rule that matches.
 *
 * Rules here are flat ones (harness/engine/flatten.h): chains, concatenations and verdict maps are spelled out, and
 * what is left of them are skips forward.
 *
 * Units: "word" = 32 bits for tries and actions, "row offset" = index of a 64-bit word, both from the image's start.
 *
 * Row: up to 64 rules one 64-bit word: rule r is bit r. Beyond, the rules are cut into at most 64 blocks of block_words
 * 64-bit words; a row is one word that says which blocks are not 0, and then those blocks alone, in their order. A row
 * of a rare value is one or two dozen bytes, however many rules there are, and none when it would have one bit.
 *
 * Trie entry: FW_TRIE_LEAF set: a leaf, bits 0..29 the row offset, unless
 * FW_LEAF_RULE is set. FW_TRIE_LIST set: bits 0..28 the word index of a list, of which kind says FW_TRIE_PAIR.
 * Else the word index of an array of 2^stride entries. A field's root is an entry as well, so a field that no rule
 * looks at needs no memory. Strides (bits a level, most significant first): IPv4 addresses 16 8 8 · IPv6 addresses 16,
 * 14 x 8 · 16-bit fields 8 8 · MAC addresses 6 x 8 · bytes 8.
 *
 * Lists stand where few values differ, instead of an array and all below it (Zec, Rizzo, Mikuc 2012: DXR):
 *  - with 16 or 8 bits left of an IPv4 address or of a 16-bit field: struct fw_list16, searched by those bits;
 *    struct fw_pair16 where two leaves take turns, as inside and outside of a set do;
 *  - anywhere in an IPv6 address: struct fw_list128, searched by the whole address.
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
  /* rare: looked at only when some rule does */
  FW_ICMP_CODE,
  FW_IP_TOS,
  FW_IP_LENGTH,
  FW_IP_FRAG_OFF,
  FW_IP_TTL,
  FW_IP6_CLASS,
  FW_IP6_NEXTHDR,
  FW_IP6_HOPLIMIT,
  FW_EXTHDRS,
  FW_ETH_SADDR,
  FW_ETH_DADDR,
  FW_ETH_TYPE,
  FW_VLAN_ID,
  FW_LENGTH,
  FW_FIELD_COUNT,
};
#define FW_BIT(field) (1u << (field))
#define FW_RARE_FIELDS (FW_BIT(FW_FIELD_COUNT) - FW_BIT(FW_ICMP_CODE))

/* Bits of FW_EXTHDRS; kExthdr... in policy.h. */
#define FW_EXTHDR_HOP_BY_HOP 0x01u
#define FW_EXTHDR_ROUTING 0x02u
#define FW_EXTHDR_FRAGMENT 0x04u
#define FW_EXTHDR_DESTINATION 0x08u
#define FW_EXTHDR_MOBILITY 0x10u

#define FW_TRIE_LEAF 0x80000000u
#define FW_TRIE_LIST 0x40000000u
#define FW_TRIE_PAIR 0x20000000u /* in a list's entry */
/* In a leaf: there is no row, for it would have one bit. Bits 0..9 are its place in the block, 10..15 the block. */
#define FW_LEAF_RULE 0x40000000u
#define FW_LEAF_BLOCK_SHIFT 10
#define FW_LEAF_BIT_MASK 0x3ffu
#define FW_IMAGE_MAGIC 0x66776233u /* "fwb3" */

/* The last start that is not above the value has its leaf at the same place; start[0] is 0. What is not used repeats
 * the last leaf, behind a start of 0xffff. */
#define FW_LIST16_LENGTH 8
struct fw_list16 {
  __u16 start[FW_LIST16_LENGTH];
  __u32 leaf[FW_LIST16_LENGTH];
};
FW_STATIC_ASSERT(sizeof(struct fw_list16) == 48, "within one cache line");

/* Pieces by their last values, the last piece left out; leaf[0] is for the first, third, ... of them, leaf[1] for those
 * between. What is not used ends at 0xffff. */
#define FW_PAIR16_LENGTH 12
struct fw_pair16 {
  __u16 last[FW_PAIR16_LENGTH];
  __u32 leaf[2];
};
FW_STATIC_ASSERT(sizeof(struct fw_pair16) == 32, "half a cache line");

/* The fw_list16 of 128 bits; start[0] is left out, what is not used begins at the last address. */
#define FW_LIST128_LENGTH 4
struct fw_list128 {
  __u64 start[FW_LIST128_LENGTH - 1][2]; /* the high half first */
  __u32 leaf[FW_LIST128_LENGTH];
};
FW_STATIC_ASSERT(sizeof(struct fw_list128) == 64, "one cache line");

/* One for each flat rule: what it does, and what it asks of a plain IPv4 packet, each range as its first value and how
 * many more it has. A leaf of one rule leads here at once, and when these ranges are all that the rule asks (most rules
 * of large policies are like that), a packet need not be looked up by its other fields: one cache line instead of
 * three or four. */
struct fw_action {
  __u32 flags;        /* FW_ACTION_*, and from FW_ACTION_TARGET_SHIFT on the rule to go on with */
  __u32 rule : 24;    /* index into Policy::rules: whose counter it is */
  __u32 protocol : 8; /* with FW_ACTION_PROTOCOL */
  __u32 saddr[2];
  __u32 daddr[2];
  __u16 sport[2];
  __u16 dport[2];
};
FW_STATIC_ASSERT(sizeof(struct fw_action) == 32, "half a cache line");
#define FW_MAX_POLICY_RULES (1u << 24)
#define FW_ACTION_DROP 1u
#define FW_ACTION_TERMINAL 2u
#define FW_ACTION_COUNTED 4u
#define FW_ACTION_SKIP 8u      /* go on with the target, which lies behind this rule; it may be the number of rules */
#define FW_ACTION_EXACT 16u    /* the ranges are all that it asks of a plain IPv4 packet */
#define FW_ACTION_PROTOCOL 32u /* and the protocol */
#define FW_ACTION_TARGET_SHIFT 8
#define FW_MAX_FLAT_RULES 65536
#define FW_MAX_BLOCK_WORDS 16

struct fw_image_header {
  __u32 magic;
  __u32 image_words;    /* size of the whole image in 32-bit words */
  __u32 rules;          /* flat rules */
  __u32 policy_rules;   /* Policy::rules: number of counters */
  __u32 block_words;    /* 64-bit words in a block; 0: a row is one word of rules */
  __u32 used_fields;    /* FW_BIT(field): some rule looks at the field; the others need no lookup */
  __u32 default_action; /* FW_ACTION_* of the chain's policy */
  __u32 actions;        /* word index of the table of struct fw_action */
  __u32 ipv4_row;       /* row offsets for the ether types of IPv4 and IPv6 */
  __u32 ipv6_row;
  __u32 root[FW_FIELD_COUNT];   /* trie entry where a lookup of the field starts */
  __u32 absent[FW_FIELD_COUNT]; /* row offset for packets that do not have the field */
  __u32 reserved[4];
};
FW_STATIC_ASSERT(sizeof(struct fw_image_header) == 256, "four cache lines");

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

/* Malformed frames and fragments of less than a header have no such place. They say who they are in their Ethernet
 * source address, which nothing but a router changes: FW_MAC_IDENTITY (locally administered, not the
 * generator's own), the last 2 bytes of the run id, 3 bytes of frame index. */
#define FW_MAC_IDENTITY 0x06
#define FW_MAC_IDENTITY_FRAMES (1u << 24)

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
  __u16 flags; /* FW_SLOT_* */
};
#define FW_SLOT_FOLLOWS 1u /* back to back with the frame before it: it is due when that one is */
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

/* Arrivals of a Poisson process: the times of so many, over and over, in 1 / 2^FW_POISSON_SHIFT of a mean gap. */
#define FW_POISSON_CYCLE 4096
#define FW_POISSON_SHIFT 10

/* How the generator is told to send, and how far it came. All times CLOCK_MONOTONIC ns. */
struct generator_state {
  /* set by user space before a call */
  __u64 start_ns;     /* schedule origin; 0 = flood, as fast as it goes */
  __u64 gap_q16;      /* ns << 16 between load frames (bursts); 0 with start_ns set = no load, probes only */
  __u64 probe_gap_ns; /* between probes; 0 = none */
  __u64 limit;        /* stop emitting load frames after this many; ~0 = never */
  __u64 probe_limit;
  __u64 evenly;  /* not 0: bursts do not count, the gap is between frames */
  __u64 poisson; /* not 0: gap_q16 is the mean */
  /* moved on by the program */
  __u64 emitted;     /* load frames redirected */
  __u64 probes;      /* probes redirected */
  __u64 cursor;      /* next frame index */
  __u64 bursts;      /* begun: frames that do not follow another */
  __u64 late_max_ns; /* most a load frame was behind its schedule */
};
FW_STATIC_ASSERT(sizeof(struct generator_state) == 96, "generator_state");

#define FW_LANES 2
#define FW_LANE_END (FW_LANES + 1) /* nowhere, and no further run */
/* A flood that goes to two devices by turns. */
struct generator_turns {
  __u64 lane; /* set by user space at any time: less than FW_LANES, else nowhere */
  /* moved on by the program */
  __u64 runs; /* while there was nowhere to send to */
  __u64 emitted[FW_LANES];
  __u64 cursor[FW_LANES]; /* next frame index */
};
FW_STATIC_ASSERT(sizeof(struct generator_turns) == 48, "generator_turns");

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
