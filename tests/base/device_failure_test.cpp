// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/device_failure.h"

#include <gtest/gtest.h>

#include <string>

namespace variometer {
namespace {

TEST(LibraryError, AboutMemorySaysWhatToDoInOneLine) {
  for (const std::string what : {"CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79 GiB",
                                 "[enforce fail at alloc_cpu.cpp:125] err == 0. DefaultCPUAllocator: can't allocate "
                                 "memory: you tried to allocate 4 bytes",
                                 "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"}) {
    const Error error =
        library_error(what + "\nException raised from malloc at cuda.cpp:1 (most recent call first):\nframe #0");
    EXPECT_EQ(error.kind(), Error::Kind::device);
    EXPECT_EQ(std::string(error.what()), std::string(kNoMemory) + " (" + what + ")");
  }
}

TEST(LibraryError, AboutTheDeviceIsOneOfTheDevice) {
  const Error error = library_error("CUDA error: an illegal memory access was encountered\nCompile with ...");
  EXPECT_EQ(error.kind(), Error::Kind::device);
  EXPECT_EQ(std::string(error.what()), "CUDA error: an illegal memory access was encountered");
}

TEST(LibraryError, AboutAnOperatorThatCannotRepeatItselfNamesTheWayOut) {
  const Error error = library_error("cumsum_cuda_kernel does not have a deterministic implementation, but you set ...");
  EXPECT_EQ(error.kind(), Error::Kind::device);
  EXPECT_NE(std::string(error.what()).find("train.deterministic = false"), std::string::npos);
}

TEST(LibraryError, AnyOtherIsTheRunsAndBeginsAsAsked) {
  const Error error = library_error("shape '[2]' is invalid\nframe #0", "unexpected failure: ");
  EXPECT_EQ(error.kind(), Error::Kind::run);
  EXPECT_EQ(std::string(error.what()), "unexpected failure: shape '[2]' is invalid");
}

}  // namespace
}  // namespace variometer
