#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| iamctl_fuzz::evaluator(data));
