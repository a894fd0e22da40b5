#include "backends/vulkan/pipelines.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "backends/vulkan/vulkan_backend.h"
#include "framework/platform/platform.h"
#include "tests/backends/vulkan/environment.h"

using varve::platform::read_file;
using varve::platform::TemporaryDirectory;
using varve::platform::write_file_atomically;
using varve::testing::Variable;
using varve::vulkan::CacheKey;
using varve::vulkan::Context;
using varve::vulkan::decode_pipeline_cache;
using varve::vulkan::encode_pipeline_cache;
using varve::vulkan::load_pipeline_cache;
using varve::vulkan::pipeline_cache_folder;
using varve::vulkan::Pipelines;
using varve::vulkan::save_pipeline_cache;
using varve::vulkan::Shader;
namespace fs = std::filesystem;

namespace {

const CacheKey key{"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002",
                   0x580};
const std::string data("compiled\nprograms\0and more", 25);

/// layout(constant_id = 0) const uint value = 1; void main() { x[0] = value; }
constexpr std::array<std::uint32_t, 131> words{
    0x07230203, 0x00010500, 0x000d000b, 0x00000013, 0x00000000, 0x00020011, 0x00000001, 0x0006000b,
    0x00000001, 0x4c534c47, 0x6474732e, 0x3035342e, 0x00000000, 0x0003000e, 0x00000000, 0x00000001,
    0x0006000f, 0x00000005, 0x00000004, 0x6e69616d, 0x00000000, 0x0000000a, 0x00060010, 0x00000004,
    0x00000011, 0x00000001, 0x00000001, 0x00000001, 0x00040047, 0x00000007, 0x00000006, 0x00000004,
    0x00040048, 0x00000008, 0x00000000, 0x00000019, 0x00050048, 0x00000008, 0x00000000, 0x00000023,
    0x00000000, 0x00030047, 0x00000008, 0x00000002, 0x00040047, 0x0000000a, 0x00000022, 0x00000000,
    0x00040047, 0x0000000a, 0x00000021, 0x00000000, 0x00040047, 0x0000000d, 0x00000001, 0x00000000,
    0x00040047, 0x00000012, 0x0000000b, 0x00000019, 0x00020013, 0x00000002, 0x00030021, 0x00000003,
    0x00000002, 0x00040015, 0x00000006, 0x00000020, 0x00000000, 0x0003001d, 0x00000007, 0x00000006,
    0x0003001e, 0x00000008, 0x00000007, 0x00040020, 0x00000009, 0x0000000c, 0x00000008, 0x0004003b,
    0x00000009, 0x0000000a, 0x0000000c, 0x00040015, 0x0000000b, 0x00000020, 0x00000001, 0x0004002b,
    0x0000000b, 0x0000000c, 0x00000000, 0x00040032, 0x00000006, 0x0000000d, 0x00000001, 0x00040020,
    0x0000000e, 0x0000000c, 0x00000006, 0x00040017, 0x00000010, 0x00000006, 0x00000003, 0x0004002b,
    0x00000006, 0x00000011, 0x00000001, 0x0006002c, 0x00000010, 0x00000012, 0x00000011, 0x00000011,
    0x00000011, 0x00050036, 0x00000002, 0x00000004, 0x00000000, 0x00000003, 0x000200f8, 0x00000005,
    0x00060041, 0x0000000e, 0x0000000f, 0x0000000a, 0x0000000c, 0x0000000c, 0x0003003e, 0x0000000f,
    0x0000000d, 0x000100fd, 0x00010038};

const Shader shader{"store", words};

/// The first device, or nothing, said aloud.
std::unique_ptr<Context> open_first() {
  const auto devices = varve::vulkan_devices();
  if (!devices.front().available) {
    MESSAGE("not tested: " << devices.front().reason);
    return nullptr;
  }
  const auto vulkan = varve::vulkan::instance();
  return std::make_unique<Context>(vulkan, vulkan->choose("0"));
}

CacheKey key_of(const Context& context) {
  return {context.physical().uuid, context.physical().driver_uuid,
          context.physical().driver_version};
}

}  // namespace

TEST_CASE("what the driver made comes back as it was") {
  const std::string file = encode_pipeline_cache(key, data);
  CHECK(decode_pipeline_cache(key, file) == data);
  CHECK(decode_pipeline_cache(key, encode_pipeline_cache(key, "")).empty());
}

TEST_CASE("a file that is cut off or longer is no cache") {
  const std::string file = encode_pipeline_cache(key, data);
  for (std::size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_pipeline_cache(key, std::string_view(file).substr(0, size)).empty());
  }
  CHECK(decode_pipeline_cache(key, file + '\0').empty());
}

TEST_CASE("a file with any other byte is no cache") {
  const std::string file = encode_pipeline_cache(key, data);
  for (std::size_t i = 0; i < file.size(); ++i) {
    CAPTURE(i);
    std::string damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CHECK(decode_pipeline_cache(key, damaged).empty());
  }
}

TEST_CASE("another device, driver or version has another file, and takes no other's") {
  const std::string file = encode_pipeline_cache(key, data);
  for (const auto& other : {CacheKey{key.driver, key.driver, key.driver_version},
                            CacheKey{key.device, key.device, key.driver_version},
                            CacheKey{key.device, key.driver, key.driver_version + 1}}) {
    CHECK(other.file_name() != key.file_name());
    CHECK(decode_pipeline_cache(other, file).empty());
  }
}

TEST_CASE("where the files lie") {
  const Variable home("HOME", "/home/somebody");
  {
    const Variable cache("XDG_CACHE_HOME", "/var/somewhere");
    CHECK(pipeline_cache_folder() == "/var/somewhere/varve/vulkan");
  }
  for (const auto* value : {"", "not/absolute"}) {
    const Variable cache("XDG_CACHE_HOME", value);
    CHECK(pipeline_cache_folder() == "/home/somebody/.cache/varve/vulkan");
    const Variable none("HOME", "");
    CHECK(pipeline_cache_folder().empty());
    save_pipeline_cache(key, data);  // does nothing
    CHECK(load_pipeline_cache(key).empty());
  }
}

TEST_CASE("to the disk and back; a folder that cannot be made is no error") {
  const TemporaryDirectory folder;
  {
    const Variable cache("XDG_CACHE_HOME", (folder.path() / "new").string());
    CHECK(load_pipeline_cache(key).empty());
    save_pipeline_cache(key, data);
    CHECK(load_pipeline_cache(key) == data);
    save_pipeline_cache(key, "less");
    CHECK(load_pipeline_cache(key) == "less");
  }
  write_file_atomically(folder.path() / "file", "in the way");
  const Variable cache("XDG_CACHE_HOME", (folder.path() / "file").string());
  save_pipeline_cache(key, data);
  CHECK(load_pipeline_cache(key).empty());
  CHECK(read_file(folder.path() / "file") == "in the way");
}

TEST_CASE("a pipeline is made once for a shader and its constants") {
  const TemporaryDirectory folder;
  const Variable cache("XDG_CACHE_HOME", folder.path().string());
  const auto context = open_first();
  if (!context) return;
  Pipelines pipelines(*context);
  const VkPipeline plain = pipelines.get(shader, {});
  CHECK(plain != VK_NULL_HANDLE);
  CHECK(pipelines.get(shader, {}) == plain);
  const VkPipeline special = pipelines.get(shader, {2});
  CHECK(special != plain);
  CHECK(pipelines.get(shader, {2}) == special);
  CHECK(pipelines.get(shader, {3}) != special);
}

TEST_CASE("pipelines are kept on disk, and a damaged file is written anew") {
  const TemporaryDirectory folder;
  const Variable cache("XDG_CACHE_HOME", folder.path().string());
  const auto context = open_first();
  if (!context) return;
  const fs::path file = pipeline_cache_folder() / key_of(*context).file_name();

  { const Pipelines none(*context); }
  CHECK_FALSE(fs::exists(file));
  Pipelines(*context).get(shader, {});
  REQUIRE(fs::exists(file));
  const std::string whole = read_file(file);
  CHECK_FALSE(load_pipeline_cache(key_of(*context)).empty());

  for (const auto& damaged :
       {std::string(), std::string("\0\n\0", 3), whole.substr(0, whole.size() / 2), whole + "x"}) {
    std::ofstream(file, std::ios::binary) << damaged;
    CHECK(Pipelines(*context).get(shader, {}) != VK_NULL_HANDLE);
    CHECK_FALSE(load_pipeline_cache(key_of(*context)).empty());
  }
}

TEST_CASE("without a cache nothing is written, and pipelines work all the same") {
  const TemporaryDirectory folder;
  const Variable cache("XDG_CACHE_HOME", folder.path().string());
  const Variable without("VARVE_VULKAN_DISABLE", "cache");
  const auto context = open_first();
  if (!context) return;
  CHECK(Pipelines(*context).get(shader, {}) != VK_NULL_HANDLE);
  CHECK_FALSE(fs::exists(folder.path() / "varve"));
}
