//! The functions of this crate on the running kernel. A test that lacks a privilege or a feature is reported as
//! ignored, with the reason.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod attach;
mod files;
mod insns;
mod maps;
mod net;
mod perf;
mod programs;
mod ring;

use libtest_mimic::{Arguments, Completion, Trial};
use skep_sys::caps::Caps;

/// Why a test cannot be done here.
#[derive(Debug)]
struct Skip(String);

type Outcome = Result<(), Skip>;

fn skip(reason: impl Into<String>) -> Outcome {
    Err(Skip(reason.into()))
}

/// Whether the tests may do what they are about.
fn privileged() -> Outcome {
    let caps = Caps::effective().unwrap();
    // Before 5.11 maps are charged to a limit that is too low for anything.
    let _ = skep_sys::rlimit::lift_memlock();
    let net_and_trace = caps.contains(Caps::NET_ADMIN) && caps.can_load() && caps.can_trace();
    if net_and_trace { Ok(()) } else { skip(format!("needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, has {caps:?}")) }
}

/// Whether the running kernel is at least this release.
fn since(major: u16, minor: u16) -> Outcome {
    let running = skep_sys::release::running().unwrap().release();
    let wanted = skep_uapi::Release::new(major, minor);
    if running >= wanted { Ok(()) } else { skip(format!("needs Linux {wanted}, runs {running}")) }
}

macro_rules! trials {
    ($($module:ident { $($test:ident,)* })*) => {
        vec![$($(trial(concat!(stringify!($module), "::", stringify!($test)), $module::$test),)*)*]
    };
}

fn trial(name: &str, test: fn() -> Outcome) -> Trial {
    Trial::ignorable_test(name, move || match test() {
        Ok(()) => Ok(Completion::Completed),
        Err(Skip(reason)) => Ok(Completion::ignored_with(reason)),
    })
}

fn main() {
    let trials = trials! {
        attach {
            a_cgroup_takes_programs_with_and_without_a_link,
            a_raw_tracepoint_is_a_link,
            links_want_lists_of_equal_length,
        }
        files {
            the_kernels_btf_is_btf,
            kallsyms_has_the_kernels_symbols,
            cpus_and_pages,
            the_running_release_is_what_uname_says,
            capabilities_have_names,
            the_bpf_file_system_is_found_or_mounted,
        }
        maps {
            every_simple_kind_gives_back_what_it_was_given,
            queues_and_stacks_have_no_keys,
            a_map_of_maps_needs_a_template,
            a_buffer_of_the_wrong_size_never_reaches_the_kernel,
            batches_walk_the_whole_map,
            the_kernel_knows_the_map,
            a_frozen_map_is_read_only,
            map_memory_is_the_map,
            pins_outlive_the_descriptor,
            refusals_name_call_and_errno,
        }
        net {
            xdp_is_attached_by_netlink,
            xdp_is_attached_by_link,
            tc_filters_come_and_go,
            tcx_links_are_ordered,
            a_packet_socket_takes_a_filter,
            interfaces_are_listed,
        }
        perf {
            a_software_clock_runs_a_program,
            a_link_to_a_perf_event_carries_a_cookie,
            tracepoints_have_ids,
            kprobes_are_opened_where_there_are_any,
            perf_rings_carry_samples_and_losses,
            uprobes_run_at_entry_and_return,
            a_uprobe_multi_link_counts_calls,
        }
        programs {
            a_program_runs_by_hand,
            the_verifier_explains_itself,
            the_kernel_knows_the_program,
            runs_are_counted_while_asked_for,
            btf_is_loaded_and_read_back,
            the_kernels_own_btf_is_listed,
        }
        ring {
            records_arrive_whole_and_in_order,
            a_full_ring_refuses_until_it_is_read,
            discarded_records_are_not_seen,
            waiting_ends_with_a_record,
            no_wake_up_is_missed,
            a_ring_has_one_reader,
            other_maps_are_refused,
        }
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
