# Finds LibTorch 2.11.0 and defines torch::cpu (and torch::cuda where the full wheel set is there).
#
# Looked for, in this order: VARIOMETER_LIBTORCH (a folder with torch/ in it, as `pip install --target` leaves it, or the
# torch folder itself), CMAKE_PREFIX_PATH, the cache that samples/demo fills. Why not find_package(Torch): it demands a CUDA
# toolkit for the PyPI wheel, ignores CMAKE_CUDA_ARCHITECTURES and adds flags of its own.
set(VARIOMETER_TORCH_VERSION 2.11.0)
set(VARIOMETER_LIBTORCH "" CACHE PATH "Folder that holds torch/ (PyPI wheel unpacked), or LibTorch itself")

if(NOT "$ENV{VARIOMETER_CACHE_DIR}" STREQUAL "")
  set(_cache $ENV{VARIOMETER_CACHE_DIR})
elseif(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(_cache $ENV{XDG_CACHE_HOME}/variometer)
else()
  set(_cache $ENV{HOME}/.cache/variometer)
endif()

string(REPLACE ":" ";" _prefixes "$ENV{CMAKE_PREFIX_PATH}")
set(_named ${VARIOMETER_LIBTORCH} ${CMAKE_PREFIX_PATH} ${_prefixes})
# find_path remembers what it found. It looks again when another place is named, or when what it found is gone.
if((_named AND NOT _named STREQUAL "${VARIOMETER_TORCH_NAMED}") OR NOT EXISTS "${VARIOMETER_TORCH_INCLUDE}/ATen/ATen.h")
  unset(VARIOMETER_TORCH_INCLUDE CACHE)
  set(VARIOMETER_TORCH_NAMED "${_named}" CACHE INTERNAL "Where LibTorch was looked for first")
endif()
# ../../include: from torch/share/cmake, which is what torch.utils.cmake_prefix_path says.
set(_suffixes torch/include include ../../include)
if(VARIOMETER_LIBTORCH)  # named for this and nothing else: no other will do
  find_path(VARIOMETER_TORCH_INCLUDE ATen/ATen.h PATHS ${VARIOMETER_LIBTORCH} PATH_SUFFIXES ${_suffixes} NO_DEFAULT_PATH)
  if(NOT VARIOMETER_TORCH_INCLUDE)
    message(FATAL_ERROR "No LibTorch in ${VARIOMETER_LIBTORCH} (VARIOMETER_LIBTORCH): no include/ATen/ATen.h and no torch/include/ATen/ATen.h.")
  endif()
endif()
find_path(VARIOMETER_TORCH_INCLUDE ATen/ATen.h PATHS ${_named} ${_cache}/libtorch-${VARIOMETER_TORCH_VERSION}-cuda
  ${_cache}/libtorch-${VARIOMETER_TORCH_VERSION}-cpu PATH_SUFFIXES ${_suffixes} NO_DEFAULT_PATH)
if(NOT VARIOMETER_TORCH_INCLUDE)
  message(FATAL_ERROR "LibTorch ${VARIOMETER_TORCH_VERSION} not found. Run samples/demo once (it fetches it), or pass "
    "-DCMAKE_PREFIX_PATH=<libtorch> or -DVARIOMETER_LIBTORCH=<folder with torch/>.")
endif()
mark_as_advanced(VARIOMETER_TORCH_INCLUDE)
get_filename_component(VARIOMETER_TORCH_ROOT ${VARIOMETER_TORCH_INCLUDE}/.. ABSOLUTE)
set(_version)
if(EXISTS ${VARIOMETER_TORCH_INCLUDE}/torch/headeronly/version.h)
  file(READ ${VARIOMETER_TORCH_INCLUDE}/torch/headeronly/version.h _version)
endif()
set(_found "another version")
if(_version MATCHES "VERSION_MAJOR ([0-9]+).*VERSION_MINOR ([0-9]+).*VERSION_PATCH ([0-9]+)")
  set(_found "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3}")
endif()
if(NOT _found STREQUAL VARIOMETER_TORCH_VERSION)
  message(FATAL_ERROR "LibTorch in ${VARIOMETER_TORCH_ROOT} is ${_found}; ${VARIOMETER_TORCH_VERSION} is needed. Name another, or none to "
    "take what samples/demo fetches.")
endif()
message(STATUS "LibTorch ${_found}: ${VARIOMETER_TORCH_ROOT}")

add_library(torch::c10 UNKNOWN IMPORTED)
set_target_properties(torch::c10 PROPERTIES IMPORTED_LOCATION ${VARIOMETER_TORCH_ROOT}/lib/libc10.so)
add_library(torch::cpu UNKNOWN IMPORTED)
set_target_properties(torch::cpu PROPERTIES
  IMPORTED_LOCATION ${VARIOMETER_TORCH_ROOT}/lib/libtorch_cpu.so
  INTERFACE_INCLUDE_DIRECTORIES "${VARIOMETER_TORCH_ROOT}/include;${VARIOMETER_TORCH_ROOT}/include/torch/csrc/api/include"
  INTERFACE_LINK_LIBRARIES "torch::c10"
  # libtorch_cpu of the wheel finds libcudart and libcupti by its own RPATH; the linker need not.
  INTERFACE_LINK_OPTIONS "LINKER:--allow-shlib-undefined")

# The full set is there when the CUDA libraries libtorch_cuda needs are: beside torch/ (wheel) or in lib/ (zip).
set(VARIOMETER_TORCH_HAS_CUDA FALSE)
file(GLOB _cudnn ${VARIOMETER_TORCH_ROOT}/lib/libcudnn*.so* ${VARIOMETER_TORCH_ROOT}/../nvidia/cudnn/lib/libcudnn.so*)
if(EXISTS ${VARIOMETER_TORCH_ROOT}/lib/libtorch_cuda.so AND _cudnn)
  set(VARIOMETER_TORCH_HAS_CUDA TRUE)
  add_library(torch::cuda UNKNOWN IMPORTED)
  set_target_properties(torch::cuda PROPERTIES
    IMPORTED_LOCATION ${VARIOMETER_TORCH_ROOT}/lib/libtorch_cuda.so
    INTERFACE_LINK_LIBRARIES "torch::cpu;${VARIOMETER_TORCH_ROOT}/lib/libc10_cuda.so"
    INTERFACE_LINK_OPTIONS "LINKER:--no-as-needed")
endif()
